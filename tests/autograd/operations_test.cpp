// SPDX-License-Identifier: MIT
//
// Every differentiable operation, one row each: its gradient against central differences in double.
#include <cmath>
#include <vector>

#include "looplab/autograd/gradcheck.hpp"
#include "looplab/autograd/ops_exit.hpp"
#include "looplab/autograd/ops_math.hpp"
#include "looplab/autograd/ops_nn.hpp"
#include "looplab/autograd/ops_pointwise.hpp"
#include "support/catch.hpp"
#include "support/skipped.hpp"

using namespace looplab;

namespace {

using V = Variable<double>;
using Inputs = std::vector<V>;

Tensor<double> random(Shape shape, double scale = 1) {
  Tensor<double> x(shape);
  RandomStream stream(Seed{3}, concat("operations", shape));
  for (double& v : x) v = scale * stream.normal();
  return x;
}

struct Row {
  const char* name;
  std::vector<Shape> inputs;
  GradcheckFunction function;
};

const Token kIds[] = {2, 0, 2, 4, 1};
const Token kTargets[] = {1, -100, 3, 0, 3};
const Index kRows[] = {3, 1};
const double kLogPrior[] = {-0.7, -1.3, -1.5};
const Token kDocuments[] = {0, 0, 0, 3, 3, 5, 0, 0, 2, 2, 2, 2};
const kernels::RotaryTable<double> kTable(6, 4, 50);

kernels::AttentionShape<double> attention_shape(bool causal) {
  return {2, 6, 3, 4, causal, kDocuments, &kTable};
}

const std::vector<Row> kOperations = {
    {"add", {{3, 5}, {3, 5}}, [](auto& t, auto& x) { return add(t, x[0], x[1]); }},
    {"add to itself", {{3, 5}}, [](auto& t, auto& x) { return add(t, x[0], x[0]); }},
    {"add_scaled",
     {{2, 9}, {2, 9}},
     [](auto& t, auto& x) { return add_scaled(t, x[0], -0.3, x[1]); }},
    {"add_row", {{4, 17}, {17}}, [](auto& t, auto& x) { return add_row(t, x[0], x[1]); }},
    {"multiply", {{3, 5}, {3, 5}}, [](auto& t, auto& x) { return multiply(t, x[0], x[1]); }},
    {"square", {{3, 5}}, [](auto& t, auto& x) { return multiply(t, x[0], x[0]); }},
    {"scale", {{7}}, [](auto& t, auto& x) { return scale(t, -1.7, x[0]); }},
    {"sum", {{2, 3}}, [](auto& t, auto& x) { return sum(t, x[0]); }},
    {"matmul", {{5, 3}, {3, 4}}, [](auto& t, auto& x) { return matmul(t, x[0], x[1]); }},
    {"matmul transposed",
     {{5, 3}, {4, 3}},
     [](auto& t, auto& x) { return matmul(t, x[0], x[1], kernels::Layout::transposed); }},
    {"matmul prepared",
     {{5, 3}, {3, 4}},
     [](auto& t, auto& x) {
       static kernels::PreparedWeight<double> prepared;
       prepared.prepare(x[1].data(), 3, 4);
       return matmul(t, x[0], x[1], kernels::Layout::plain, &prepared);
     }},
    {"concat_columns",
     {{4, 3}, {4, 2}},
     [](auto& t, auto& x) { return concat_columns(t, x[0], x[1]); }},
    {"gather_rows", {{4, 3}}, [](auto& t, auto& x) { return gather_rows(t, x[0], kRows, 2); }},
    {"gelu", {{3, 11}}, [](auto& t, auto& x) { return gelu(t, x[0]); }},
    {"subtract", {{3, 5}, {3, 5}}, [](auto& t, auto& x) { return subtract(t, x[0], x[1]); }},
    {"subtract from itself", {{3, 5}}, [](auto& t, auto& x) { return subtract(t, x[0], x[0]); }},
    {"divide by exp",
     {{3, 11}, {3, 11}},
     [](auto& t, auto& x) { return divide(t, x[0], exp(t, x[1])); }},
    {"divide by itself",
     {{3, 11}},
     [](auto& t, auto& x) {
       const V y = exp(t, x[0]);
       return divide(t, y, y);
     }},
    {"exp", {{3, 11}}, [](auto& t, auto& x) { return exp(t, x[0]); }},
    {"log of sigmoid", {{3, 11}}, [](auto& t, auto& x) { return log(t, sigmoid(t, x[0])); }},
    {"sigmoid", {{3, 11}}, [](auto& t, auto& x) { return sigmoid(t, x[0]); }},
    {"tanh", {{3, 11}}, [](auto& t, auto& x) { return tanh(t, x[0]); }},
    {"mean", {{2, 3}}, [](auto& t, auto& x) { return mean(t, x[0]); }},
    {"row_mean", {{4, 17}}, [](auto& t, auto& x) { return row_mean(t, x[0]); }},
    {"softmax", {{4, 17}}, [](auto& t, auto& x) { return softmax(t, x[0]); }},
    {"scale_rows", {{4, 17}, {4, 1}}, [](auto& t, auto& x) { return scale_rows(t, x[0], x[1]); }},
    {"scale_rows by a vector",
     {{4, 3}, {4}},
     [](auto& t, auto& x) { return scale_rows(t, x[0], x[1]); }},
    {"scale_rows by their own means",
     {{4, 3}},
     [](auto& t, auto& x) { return scale_rows(t, x[0], row_mean(t, x[0])); }},
    {"silu", {{3, 11}}, [](auto& t, auto& x) { return silu(t, x[0]); }},
    {"swiglu", {{3, 10}}, [](auto& t, auto& x) { return swiglu(t, x[0]); }},
    {"rms_norm", {{4, 9}, {9}}, [](auto& t, auto& x) { return rms_norm(t, x[0], x[1], 1e-3); }},
    {"layer_norm",
     {{4, 9}, {9}, {9}},
     [](auto& t, auto& x) { return layer_norm(t, x[0], x[1], x[2], 1e-3); }},
    {"embedding", {{5, 3}}, [](auto& t, auto& x) { return embedding(t, x[0], kIds, 5); }},
    {"attention causal",
     {{12, 36}},
     [](auto& t, auto& x) { return attention(t, x[0], attention_shape(true)); }},
    {"attention full",
     {{12, 36}},
     [](auto& t, auto& x) { return attention(t, x[0], attention_shape(false)); }},
    {"cross_entropy",
     {{5, 4}},
     [](auto& t, auto& x) { return cross_entropy(t, x[0], kTargets, -100).loss; }},
    {"cross_entropy smoothed",
     {{5, 4}},
     [](auto& t, auto& x) { return cross_entropy(t, x[0], kTargets, -100, 0.1).loss; }},
    {"row_cross_entropy",
     {{5, 4}},
     [](auto& t, auto& x) { return row_cross_entropy(t, x[0], kTargets, -100, 0.1).loss; }},
    {"expected_exit_loss",
     {{3, 1}, {3, 1}, {3, 1}, {3, 1}, {3, 1}, {3, 1}},
     [](auto& t, auto& x) {
       const std::span<const V> all(x);
       return expected_exit_loss(t, all.first(3), all.last(3), kLogPrior, 0.4).loss;
     }},
    {"expected_exit_loss of one loop",
     {{3, 1}, {3, 1}},
     [](auto& t, auto& x) {
       const std::span<const V> all(x);
       return expected_exit_loss(t, all.first(1), all.last(1), std::span(kLogPrior, 1), 0.4).loss;
     }},
    {"gate_adaptation_loss",
     {{3, 1}, {3, 1}, {3, 1}},
     [](auto& t, auto& x) {
       static const Tensor<double> losses = random({3, 3});
       const V l[] = {t.constant({losses.data(), {3}}), t.constant({losses.data() + 3, {3}}),
                      t.constant({losses.data() + 6, {3}})};
       return gate_adaptation_loss(t, std::span<const V>(l), std::span<const V>(x),
                                   kernels::GateTarget::next_loop, 3.0, 0.1);
     }},
};

}  // namespace

TEST_CASE("every operation's gradient agrees with central differences") {
  for (const Row& row : kOperations) {
    std::vector<Tensor<double>> inputs;
    for (const Shape& shape : row.inputs) inputs.push_back(random(shape));
    INFO(row.name);
    CHECK(gradcheck(row.function, std::move(inputs)) < 1e-8);
  }
}

TEST_CASE("every operation adds to a gradient that is already there") {
  for (const Row& row : kOperations) {  // y = f(x) + f(x): twice the gradient
    std::vector<Tensor<double>> inputs;
    for (const Shape& shape : row.inputs) inputs.push_back(random(shape));
    INFO(row.name);
    CHECK(
        gradcheck([&](auto& t, auto& x) { return add(t, row.function(t, x), row.function(t, x)); },
                  std::move(inputs)) < 1e-8);
  }
}

TEST_CASE("operations on rows and elements have the values of their formulas") {
  Tape<double> tape;
  const Tensor<double> x = random({2, 3}), factors = random({2});
  const V v = tape.constant(x.view()), f = tape.constant(factors.view());
  const V scaled = scale_rows(tape, v, f), means = row_mean(tape, v), shares = softmax(tape, v),
          difference = subtract(tape, v, scaled), ratio = divide(tape, scaled, v);
  CHECK((means.shape() == Shape{2, 1} && mean(tape, v).shape() == Shape{}));
  double all = 0;
  for (Index n = 0; n < 2; ++n) {
    double sum = 0, exps = 0;
    for (Index d = 0; d < 3; ++d) sum += x(n, d), exps += std::exp(x(n, d));
    CHECK(means.data()[n] == Approx(sum / 3));
    all += sum;
    for (Index d = 0; d < 3; ++d) {
      const Index i = 3 * n + d;
      CHECK(scaled.data()[i] == x[i] * factors[n]);
      CHECK(difference.data()[i] == x[i] - scaled.data()[i]);
      CHECK(ratio.data()[i] == Approx(factors[n]));
      CHECK(shares.data()[i] == Approx(std::exp(x[i]) / exps));
      CHECK(exp(tape, v).data()[i] == std::exp(x[i]));
      CHECK(tanh(tape, v).data()[i] == Approx(std::tanh(x[i])));
      CHECK(sigmoid(tape, v).data()[i] == Approx(1 / (1 + std::exp(-x[i]))));
      CHECK(log(tape, exp(tape, v)).data()[i] == Approx(x[i]));
    }
  }
  CHECK(mean(tape, v).data()[0] == Approx(all / 6));
}

TEST_CASE("operations name the shapes that do not fit") {
  Tape<double> tape;
  const Tensor<double> a({2, 3}), b({3, 2}), row({4});
  const V va = tape.constant(a.view()), vb = tape.constant(b.view()),
          vr = tape.constant(row.view());
  using looplab_test::contains;
  CHECK_THROWS_WITH(add(tape, va, vb), contains("[2, 3]") && contains("[3, 2]"));
  CHECK_THROWS_WITH(multiply(tape, va, vb), contains("multiply: a is [2, 3] but b is [3, 2]"));
  CHECK_THROWS_WITH(subtract(tape, va, vb), contains("subtract: a is [2, 3] but b is [3, 2]"));
  CHECK_THROWS_WITH(divide(tape, va, vb), contains("divide: a is [2, 3] but b is [3, 2]"));
  CHECK_THROWS_WITH(scale_rows(tape, va, vr),
                    contains("scale_rows: x is [2, 3] but factors is [4], expected one per row"));
  const Tensor<double> none({0, 3});
  CHECK_THROWS_WITH(mean(tape, tape.constant(none.view())), contains("mean: x is [0, 3]"));
  CHECK_THROWS_WITH(add_row(tape, va, vr), contains("4 elements"));
  CHECK_THROWS_WITH(matmul(tape, va, va), contains("matmul: x is [2, 3] but the weight is [2, 3]"));
  CHECK_THROWS_WITH(rms_norm(tape, va, vr, 1e-6), contains("gain has 4"));
  CHECK_THROWS_WITH(layer_norm(tape, va, vr, vr, 1e-6), contains("gain has 4"));
  CHECK_THROWS_WITH(swiglu(tape, va), contains("even"));
  CHECK_THROWS_WITH(concat_columns(tape, va, vb), contains("[3, 2]"));
  const Index bad_row = 2;
  CHECK_THROWS_WITH(gather_rows(tape, va, &bad_row, 1), contains("row 2"));
  const Token bad[] = {1, 7};
  CHECK_THROWS_WITH(embedding(tape, va, bad, 2),
                    contains("token 7 at position 1, expected 0 ... 1"));
  CHECK_THROWS_WITH(cross_entropy(tape, va, bad, -100), contains("target 7 at row 1"));
  CHECK_THROWS_AS(attention(tape, va, attention_shape(true)), ShapeError);
  const V two[] = {va, va}, unlike[] = {va, vr};
  const std::span<const V> pair(two);
  CHECK_THROWS_WITH(expected_exit_loss(tape, pair, pair, kLogPrior, 0.1),
                    contains("losses of 2 loops and 6 rows, gate of 2 and 6, prior of 3 loops"));
  CHECK_THROWS_WITH(expected_exit_loss(tape, std::span<const V>(unlike), pair, kLogPrior, 0.1),
                    contains("loop 1 has 4 rows, the first has 6"));
  CHECK_THROWS_WITH(
      gate_adaptation_loss(tape, pair, pair.first(1), kernels::GateTarget::own_loop, 1.0, 1.0),
      contains("losses of 2 loops and 6 rows, gate of 1 and 6"));
}

TEST_CASE("a result rounded where it is made gives the bits of one rounded by the product",
          "[bfloat16]") {
  if (!kernels::has_bfloat16_products()) return looplab_test::skipped("no bfloat16 products");
  constexpr Index kRows = 6, kWidth = 34, kOut = 5;  // whole vectors and a tail
  const auto fill = [](Shape shape, const char* name) {
    Tensor<float> x(shape);
    RandomStream stream(Seed{4}, name);
    for (float& v : x) v = static_cast<float>(stream.normal());
    return x;
  };
  const Tensor<float> gain = fill({kWidth}, "gain"), bias = fill({kWidth}, "bias");
  const kernels::RotaryTable<float> table(kRows, kWidth, 50);
  const kernels::AttentionShape<float> shape{1, kRows, 1, kWidth, true, nullptr, &table};
  using kernels::ComputeType;
  using Operation =
      Variable<float> (*)(Tape<float>&, Variable<float>, const Tensor<float>&, const Tensor<float>&,
                          const kernels::AttentionShape<float>&, ComputeType);
  struct Case {
    Index width;
    Operation operation;
  };
  const Case cases[] = {
      {kWidth, [](auto& t, auto x, auto& g, auto&, auto&,
                  ComputeType as) { return rms_norm(t, x, t.constant(g.view()), 1e-5F, as); }},
      {kWidth,
       [](auto& t, auto x, auto& g, auto& b, auto&, ComputeType as) {
         return layer_norm(t, x, t.constant(g.view()), t.constant(b.view()), 1e-5F, as);
       }},
      {2 * kWidth,
       [](auto& t, auto x, auto&, auto&, auto&, ComputeType as) { return swiglu(t, x, as); }},
      {kWidth, [](auto& t, auto x, auto&, auto&, auto&, ComputeType as) { return gelu(t, x, as); }},
      {3 * kWidth, [](auto& t, auto x, auto&, auto&, auto& a, ComputeType as) {
         return attention(t, x, a, as);
       }}};
  for (const Case& c : cases) {
    const Tensor<float> x = fill({kRows, c.width}, "x"), w = fill({kWidth, kOut}, "w");
    kernels::PreparedWeight<float> prepared;
    prepared.prepare(w.data(), kWidth, kOut, ComputeType::bfloat16);
    const auto run = [&](ComputeType as) {
      Tape<float> tape;
      Tensor<float> grad_x(x.shape()), grad_w(w.shape());
      const auto made =
          c.operation(tape, tape.leaf(x.view(), grad_x.data()), gain, bias, shape, as);
      CHECK((made.rounded() != nullptr) == (as == ComputeType::bfloat16));
      const auto y =
          matmul(tape, made, tape.leaf(w.view(), grad_w.data()), kernels::Layout::plain, &prepared);
      tape.backward(sum(tape, multiply(tape, y, y)));
      std::vector<float> all(y.data(), y.data() + y.size());
      all.insert(all.end(), grad_x.begin(), grad_x.end());
      all.insert(all.end(), grad_w.begin(), grad_w.end());
      return all;
    };
    CHECK(run(ComputeType::bfloat16) == run(ComputeType::float32));
  }
}
