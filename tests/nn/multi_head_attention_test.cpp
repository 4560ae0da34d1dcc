// SPDX-License-Identifier: MIT
#include "looplab/nn/multi_head_attention.hpp"

#include <cmath>

#include "support/catch.hpp"
#include "support/random_tensor.hpp"
#include "support/reference_attention.hpp"
#include "support/tolerance.hpp"

using namespace looplab;
using namespace looplab_test;

namespace {

/// Values are the inputs, queries and keys are 0, the output projection changes nothing.
template <Real S>
MultiHeadAttention<S> averaging(Index width) {
  MultiHeadAttention<S> attention(width, false);
  for (Index i = 0; i < width; ++i)
    attention.qkv.weight.value(i, 2 * width + i) = attention.output.weight.value(i, i) = 1;
  return attention;
}

}  // namespace

TEMPLATE_TEST_CASE("without queries and keys a head averages what it sees", "[attention]", float,
                   double) {
  using S = TestType;
  const Index length = 5, width = 4;
  const auto x = random_tensor<S>({length, width}, "x");
  for (Index heads : {1, 2})
    for (bool causal : {false, true}) {
      const kernels::AttentionShape<S> shape{1, length, heads, width / heads, causal};
      Tape<S> tape;
      const auto y = averaging<S>(width)(Pass<S>{tape}, tape.constant(x.view()), shape);
      Tensor<double> expected({length, width});
      for (Index t = 0; t < length; ++t) {
        const Index seen = causal ? t + 1 : length;
        for (Index s = 0; s < seen; ++s)
          for (Index d = 0; d < width; ++d)
            expected(t, d) += static_cast<double>(x(s, d)) / static_cast<double>(seen);
      }
      check_close(y.value(), expected, tolerance<S>(length));
    }
}

TEST_CASE("large equal queries and keys of one head pick the key most like the query",
          "[attention]") {
  const Index length = 4, width = 4;
  Tensor<double> x({length, width});  // one-hot rows
  for (Index t = 0; t < length; ++t) x(t, t) = 1;
  MultiHeadAttention<double> attention = averaging<double>(width);
  for (Index i = 0; i < width; ++i)
    attention.qkv.weight.value(i, i) = attention.qkv.weight.value(i, width + i) = 100;
  Tape<double> tape;
  const auto y =
      attention(Pass<double>{tape}, tape.constant(x.view()), {1, length, 1, width, false});
  check_close(y.value(), x, tolerance<double>(length));
}

TEST_CASE("columns are q | k | v, each head-major, then the output projection and biases",
          "[attention]") {
  const Index windows = 2, length = 3, heads = 2, d_head = 4, width = heads * d_head;
  const auto x = random_tensor<double>({windows * length, width}, "x");
  MultiHeadAttention<double> attention(width, true);
  attention.qkv.weight.value = random_tensor<double>({width, 3 * width}, "qkv");
  attention.qkv.bias.value = random_tensor<double>({3 * width}, "qkv bias");
  attention.output.weight.value = random_tensor<double>({width, width}, "output");
  attention.output.bias.value = random_tensor<double>({width}, "output bias");
  Tape<double> tape;
  const Pass<double> pass{tape};
  const auto y = attention(pass, tape.constant(x.view()), {windows, length, heads, d_head, true});

  std::vector<double> qkv;
  for (Index n = 0; n < x.rows(); ++n)
    for (Index c = 0; c < 3 * width; ++c) {
      double sum = attention.qkv.bias.value[c];
      for (Index d = 0; d < width; ++d) sum += x(n, d) * attention.qkv.weight.value(d, c);
      qkv.push_back(sum);
    }
  const ReferenceAttention reference{windows, length, heads, d_head, true, {}, 0};
  const std::vector<double> out = reference.forward(qkv);
  Tensor<double> expected({windows * length, width});
  for (Index n = 0; n < x.rows(); ++n)
    for (Index c = 0; c < width; ++c) {
      expected(n, c) = attention.output.bias.value[c];
      for (Index d = 0; d < width; ++d)
        expected(n, c) +=
            out[static_cast<std::size_t>(n * width + d)] * attention.output.weight.value(d, c);
    }
  check_close(y.value(), expected, 10 * tolerance<double>(3 * width));
}

TEST_CASE("attention has 4 D^2 weights, and 4 D biases if asked for", "[attention]") {
  for (bool biases : {false, true}) {
    MultiHeadAttention<double> attention(8, biases);
    Index count = 0;
    MultiHeadAttention<double>::for_each_parameter(
        attention, "", [&](const std::string&, const auto& p) { count += p.value.size(); });
    CHECK(count == 4 * 64 + (biases ? 4 * 8 : 0));
  }
}
