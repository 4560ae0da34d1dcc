// SPDX-License-Identifier: MIT
#include "looplab/kernels/attention.hpp"

#include <numeric>

#include "looplab/core/random.hpp"
#include "support/catch.hpp"
#include "support/reference_attention.hpp"

using namespace looplab;

namespace {

struct Case {
  Index windows, length, heads, d_head;
  bool causal, rotary;
  std::vector<Index> document_lengths;  // of each window; empty: one document
};

const std::vector<Case> kCases = {
    {1, 1, 1, 2, true, true, {}},          {2, 7, 2, 4, true, true, {}},
    {2, 17, 3, 6, true, false, {}},        {1, 33, 2, 16, true, true, {5, 1, 20, 7}},
    {2, 64, 2, 32, true, true, {}},        {1, 70, 1, 20, true, true, {3, 40, 27}},
    {1, 150, 1, 8, true, true, {130, 20}}, {2, 16, 2, 16, false, true, {}},
    {1, 31, 2, 12, false, true, {16, 15}}, {1, 81, 1, 34, false, false, {1, 40, 40}},
};

std::vector<Token> documents_of(const Case& c) {
  std::vector<Token> documents;
  for (Index w = 0; w < c.windows && !c.document_lengths.empty(); ++w) {
    Index begin = 0;
    for (Index n : c.document_lengths) {
      documents.insert(documents.end(), static_cast<std::size_t>(n), static_cast<Token>(begin));
      begin += n;
    }
  }
  return documents;
}

template <Real S>
struct Call {
  std::vector<Token> documents;
  kernels::RotaryTable<S> table;
  kernels::AttentionShape<S> shape;
  Tensor<S> qkv, out, stats, scratch;

  explicit Call(const Case& c) : documents(documents_of(c)) {
    if (c.rotary) table = {c.length, c.d_head, 100.0};
    shape = {c.windows,
             c.length,
             c.heads,
             c.d_head,
             c.causal,
             documents.empty() ? nullptr : documents.data(),
             c.rotary ? &table : nullptr};
    const Index rows = c.windows * c.length;
    qkv = Tensor<S>({rows, 3 * shape.width()});
    out = Tensor<S>({rows, shape.width()});
    stats = Tensor<S>({shape.stats_size()});
    scratch = Tensor<S>({kernels::attention_scratch_size(shape)});
    RandomStream stream(Seed{7}, "attention");
    for (S& x : qkv) x = static_cast<S>(stream.normal());
    scratch.fill(std::numeric_limits<S>::quiet_NaN());  // nothing may be read before it is written
  }
  Call(const Call&) = delete;
  void forward() { attention_forward(shape, qkv.data(), out.data(), stats.data(), scratch.data()); }
};

/// A call, forward and backward, for the loss sum_i weights_i out_i.
template <Real S>
struct PulledBack {
  Call<S> call;
  Tensor<S> weights, grad;
  RandomStream stream{Seed{8}, "weights"};

  explicit PulledBack(const Case& c) : call(c), weights(call.out.shape()), grad(call.qkv.shape()) {
    call.forward();
    for (S& w : weights) w = static_cast<S>(stream.normal());
    attention_backward(call.shape, call.qkv.data(), call.stats.data(), weights.data(), grad.data(),
                       call.scratch.data());
  }
};

looplab_test::ReferenceAttention reference(const Case& c) {
  return {
      c.windows, c.length, c.heads, c.d_head, c.causal, documents_of(c), c.rotary ? 100.0 : 0.0};
}

template <Real S>
double tolerance(Index length) {  // a few roundings over sums of d_head and length terms
  return 20 * std::numeric_limits<S>::epsilon() * std::sqrt(static_cast<double>(length));
}

}  // namespace

TEMPLATE_TEST_CASE("attention agrees with plain loops in double", "", float, double) {
  for (const Case& c : kCases) {
    Call<TestType> call(c);
    call.forward();
    const auto expected = reference(c).forward({call.qkv.begin(), call.qkv.end()});
    CAPTURE(c.length, c.d_head, c.causal, c.document_lengths.size());
    double worst = 0;
    for (Index i = 0; i < call.out.size(); ++i)
      worst = std::max(worst, std::abs(static_cast<double>(call.out[i]) -
                                       expected[static_cast<std::size_t>(i)]));
    CHECK(worst < tolerance<TestType>(c.length));
  }
}

TEST_CASE("attention's gradient agrees with central differences of the plain loops") {
  for (const Case& c : kCases) {
    if (c.length > 40) continue;  // the plain loops are slow
    PulledBack<double> pulled(c);
    auto& [call, weights, grad, stream] = pulled;
    std::vector<double> x(call.qkv.begin(), call.qkv.end());
    const auto loss = [&] {
      const auto y = reference(c).forward(x);
      return std::inner_product(y.begin(), y.end(), weights.begin(), 0.0);
    };
    CAPTURE(c.length, c.d_head, c.causal, c.document_lengths.size());
    for (int probe = 0; probe < 25; ++probe) {
      const auto i = static_cast<std::size_t>(stream.below(std::ssize(x)));
      const double before = x[i], step = 1e-5;
      x[i] = before + step;
      const double up = loss();
      x[i] = before - step;
      const double down = loss();
      x[i] = before;
      CHECK(grad[static_cast<Index>(i)] == Approx((up - down) / (2 * step)).margin(1e-7));
    }
  }
}

TEST_CASE("attention's gradient agrees with that of the plain loops") {
  for (const Case& c : kCases) {
    const PulledBack<double> pulled(c);
    const auto& [call, weights, grad, stream] = pulled;
    const auto expected =
        reference(c).backward({call.qkv.begin(), call.qkv.end()}, {weights.begin(), weights.end()});
    CAPTURE(c.length, c.d_head, c.causal, c.document_lengths.size());
    double worst = 0;
    for (Index i = 0; i < grad.size(); ++i)
      worst = std::max(worst, std::abs(grad[i] - expected[static_cast<std::size_t>(i)]));
    CHECK(worst < 4 * tolerance<double>(c.length * c.d_head));
  }
}

TEST_CASE("attention's gradient in float agrees with double") {
  for (const Case& c : kCases) {
    const auto gradient = [&]<Real S>(S) {
      const PulledBack<S> pulled(c);
      return std::vector<double>(pulled.grad.begin(), pulled.grad.end());
    };
    const auto single = gradient(0.0F), exact = gradient(0.0);
    double worst = 0;
    for (std::size_t i = 0; i < exact.size(); ++i)
      worst = std::max(worst, std::abs(single[i] - exact[i]));
    CAPTURE(c.length, c.d_head, c.causal);
    CHECK(worst < 4 * tolerance<float>(c.length * c.d_head));
  }
}

TEST_CASE("attention is causal bit for bit and documents do not see each other") {
  const Case c{1, 40, 2, 16, true, true, {18, 22}};
  Call<float> call(c);
  call.forward();
  const Tensor<float> before = call.out;
  for (Index i = 0; i < 3 * call.shape.width(); ++i) call.qkv[25 * 3 * call.shape.width() + i] += 1;
  call.forward();
  const Index width = call.shape.width();
  CHECK(std::equal(before.begin(), before.begin() + 25 * width, call.out.begin()));
  CHECK_FALSE(std::equal(before.begin() + 25 * width, before.end(), call.out.begin() + 25 * width));
  for (Index i = 0; i < 3 * width; ++i) call.qkv[i] += 1;  // the first document's first token
  const Tensor<float> second = call.out;
  call.forward();
  CHECK(std::equal(second.begin() + 18 * width, second.end(), call.out.begin() + 18 * width));
  CHECK_FALSE(std::equal(second.begin(), second.begin() + 18 * width, call.out.begin()));
}
