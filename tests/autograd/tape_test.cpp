// SPDX-License-Identifier: MIT
#include "looplab/autograd/tape.hpp"

#include <atomic>
#include <cstdlib>
#include <new>
#include <utility>
#include <vector>

#include "looplab/autograd/ops_math.hpp"
#include "looplab/autograd/ops_nn.hpp"
#include "support/catch.hpp"
#include "support/random_tensor.hpp"

using namespace looplab;
using namespace looplab_test;

// Every allocation of this program is counted.
namespace {

std::atomic<Index> num_allocations{0};

void* counted(std::size_t bytes, std::size_t alignment) {
  ++num_allocations;
  bytes = (bytes + alignment - 1) / alignment * alignment;
  if (void* memory = std::aligned_alloc(alignment, std::max(bytes, alignment))) return memory;
  throw std::bad_alloc();
}
// Not inlined, or GCC would see `free` end what `new` began and warn.
[[gnu::noinline]] void release(void* memory) { std::free(memory); }

}  // namespace

void* operator new(std::size_t bytes) { return counted(bytes, alignof(std::max_align_t)); }
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return counted(bytes, static_cast<std::size_t>(alignment));
}
// The forms that throw nothing too: the address sanitizer has its own, which `free` may not end.
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  ++num_allocations;
  return std::malloc(bytes);
}
void operator delete(void* memory) noexcept { release(memory); }
void operator delete(void* memory, std::size_t) noexcept { release(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }

namespace {

using V = Variable<double>;

/// A scalar on a tape, with its gradient.
struct Scalar {
  Tensor<double> value, grad{Shape{}};
  explicit Scalar(double x) : value(Shape{}) { value[0] = x; }
  V on(Tape<double>& tape) { return tape.leaf(value.view(), grad.data()); }
};

}  // namespace

TEST_CASE("backward pulls the gradient back through every path", "[tape]") {
  Tape<double> tape;
  Scalar x(3), y(5);
  const V a = x.on(tape), b = y.on(tape);
  const V product = multiply(tape, a, b);
  tape.backward(add(tape, multiply(tape, product, product), a));  // x^2 y^2 + x
  CHECK(x.grad[0] == 2 * 3 * 25 + 1);
  CHECK(y.grad[0] == 2 * 9 * 5);
}

TEST_CASE("the first writer of a gradient overwrites and later ones accumulate", "[tape]") {
  Tape<double> tape;
  Scalar x(3);
  const V inner = scale(tape, 2.0, x.on(tape));
  std::vector<bool> accumulated;
  const auto probe = [&accumulated, &tape](V input) {
    const TensorView<double> y = tape.result({});
    y[0] = input.data()[0];
    return tape.record(y, {input}, [input, &accumulated, &tape](const double* grad) {
      const GradientTarget<double> to = tape.gradient_of(input);
      accumulated.push_back(to.accumulate);
      *to.data = to.accumulate ? *to.data + *grad : *grad;
    });
  };
  tape.backward(add(tape, add(tape, probe(inner), probe(inner)), probe(inner)));
  CHECK(accumulated == std::vector<bool>{false, true, true});
  CHECK(x.grad[0] == 6);
}

TEST_CASE("a buffer that returns to the tape is not read as a gradient", "[tape]") {
  Tape<double> tape;
  Scalar x(2);
  for (int pass = 0; pass < 3; ++pass) {  // later passes reuse dirty memory
    tape.reset();
    x.grad.fill(0);
    V y = x.on(tape);
    for (int i = 0; i < 8; ++i) y = sum(tape, add(tape, y, y));  // sum only accumulates
    tape.backward(y);
    CHECK(x.grad[0] == 256);
  }
}

TEST_CASE("leaves accumulate over passes, times the seed", "[tape]") {
  Tape<double> tape;
  Scalar x(3);
  tape.backward(multiply(tape, x.on(tape), x.on(tape)));
  CHECK(x.grad[0] == 6);
  tape.reset();
  tape.backward(scale(tape, 4.0, x.on(tape)), 0.5);
  CHECK(x.grad[0] == 6 + 2);
  tape.reset();
  tape.backward(x.on(tape));  // the loss itself is a leaf
  CHECK(x.grad[0] == 6 + 2 + 1);
}

TEST_CASE("detach, constants and NoGradient stop gradients", "[tape]") {
  Tape<double> tape;
  Scalar x(3), y(5);
  const V a = x.on(tape);
  tape.backward(multiply(tape, a, tape.detach(a)));
  CHECK(x.grad[0] == 3);  // not 6
  tape.reset();
  CHECK_FALSE(tape.constant(x.value.view()).requires_grad());
  CHECK_FALSE(tape.leaf(x.value.view(), nullptr).requires_grad());
  const V c = x.on(tape), d = y.on(tape);
  V square;
  {
    const NoGradient<double> off(tape);
    CHECK_FALSE(tape.recording());
    square = multiply(tape, c, c);
    const NoGradient<double> nested(tape);
  }
  CHECK(tape.recording());
  CHECK(square.data()[0] == 9);
  CHECK_FALSE(square.requires_grad());
  tape.backward(multiply(tape, square, d));
  CHECK(x.grad[0] == 3);
  CHECK(y.grad[0] == 9);
}

TEST_CASE("an operation the loss does not depend on gets no gradient", "[tape]") {
  Tape<double> tape;
  Scalar x(3), y(5);
  const V unused = multiply(tape, x.on(tape), y.on(tape));
  tape.backward(scale(tape, 2.0, x.on(tape)));
  CHECK(unused.requires_grad());
  CHECK(x.grad[0] == 2);
  CHECK(y.grad[0] == 0);
}

TEST_CASE("backward refuses what has no gradient", "[tape]") {
  Tape<double> tape;
  const Tensor<double> x({2, 3});
  Tensor<double> grad({2, 3});
  const V vector = tape.leaf(x.view(), grad.data());
  CHECK_THROWS_AS(tape.backward(vector), ShapeError);
  CHECK_THROWS_WITH(tape.backward(vector), contains("loss has shape [2, 3], expected a scalar"));
  const V independent = sum(tape, tape.constant(x.view()));
  CHECK_THROWS_AS(tape.backward(independent), ShapeError);
  CHECK_THROWS_WITH(tape.backward(independent), contains("the loss depends on no leaf"));
  const V loss = sum(tape, vector);
  tape.backward(loss);
  CHECK_THROWS_WITH(tape.backward(loss), contains("called twice on this record"));
  CHECK(grad[0] == 1);
}

TEST_CASE("a tape that was moved continues", "[tape]") {
  Tape<double> first;
  Scalar x(3);
  const V leaf = x.on(first);
  Tape<double> second = std::move(first);
  second.backward(scale(second, 7.0, leaf));
  CHECK(x.grad[0] == 7);
}

TEMPLATE_TEST_CASE("a repeated pass allocates nothing of ours", "[tape]", float, double) {
  using S = TestType;
  const Index rows = 20, width = 16;
  const auto x = random_tensor<S>({rows, width}, "x"), w = random_tensor<S>({width, width}, "w");
  const auto gain = random_tensor<S>({width}, "gain");
  const auto tokens = random_tokens(rows, width, "tokens");
  Tensor<S> grad_x({rows, width}), grad_w({width, width}), grad_gain({width});
  Tape<S> tape;
  const auto pass = [&](bool products) {
    tape.reset();
    const auto row = tape.leaf(gain.view(), grad_gain.data());
    const auto table = tape.leaf(w.view(), grad_w.data());
    auto h = tape.leaf(x.view(), grad_x.data());
    for (int loop = 0; loop < 10; ++loop) {
      h = add(tape, h, gelu(tape, rms_norm(tape, h, row, S(1e-6))));
      h = add_row(tape, h, row);
      h = add(tape, h, embedding(tape, table, tokens.data(), rows));
      if (products) h = matmul(tape, h, table);
    }
    tape.backward(cross_entropy(tape, h, tokens.data(), -100).loss);
  };
  const auto allocations = [&](bool products) {
    const Index before = num_allocations;
    pass(products);
    return num_allocations - before;
  };
  CHECK(allocations(false) > 0);  // the counter counts
  pass(false);
  CHECK(allocations(false) == 0);
  CHECK(allocations(false) == 0);

  pass(true);
  pass(true);
  const Index steady = allocations(true);  // 0 but for what the library of the products does
  for (int repetition = 0; repetition < 3; ++repetition) CHECK(allocations(true) == steady);
  if (!kernels::kUsesOneDnn<S>) CHECK(steady == 0);
}

TEST_CASE("a gradient passed on is shared until one holder is added to") {
  Tape<double> tape;
  Tensor<double> a({3}), b({3}), grad_a({3}), grad_b({3});
  a.fill(2);
  b.fill(5);
  const auto x = scale(tape, 1.0, tape.leaf(a.view(), grad_a.data()));
  const auto y = scale(tape, 1.0, tape.leaf(b.view(), grad_b.data()));
  // 3 x y + x + y: the gradient of the sum reaches x and y as one buffer, then x y adds to each.
  const auto product = multiply(tape, x, y);
  tape.backward(sum(tape, add(tape, scale(tape, 3.0, product), add(tape, x, y))));
  for (Index i = 0; i < 3; ++i) {
    CHECK(grad_a[i] == 16);
    CHECK(grad_b[i] == 7);
  }
}
