// SPDX-License-Identifier: MIT
//
// Lesson 050: attention is a weighted mean.
//
// You learn: attention replaces each token's value by a weighted mean of the values of the tokens
//   it attends to; the weights are a softmax of query times key. If the values are the unit
//   vectors, the output *is* the matrix of weights.
// You need:  lesson 010; softmax.
// Expected output: token 3 has the same key as token 1, and its query gives both a score of ln 9,
//   all others a score of 0. So its row, softmax(0, ln 9, 0, ln 9), is (1, 9, 1, 9) / 20 =
//   (0.05, 0.45, 0.05, 0.45); the other rows are uniform up to the token: 1; 1/2 1/2; 1/3 1/3 1/3.
#include <array>
#include <cmath>
#include <iomanip>
#include <iostream>
#include <looplab/looplab.hpp>

int main() {
  using namespace looplab;
  constexpr Index T = 4, K = 4;  // four tokens, one head of width 4

  // Row t holds query, key and value of token t, side by side.
  Tensor<float> qkv({T, 3 * K});
  for (Index t = 0; t < T; ++t) qkv(t, 2 * K + t) = 1;  // values: unit vectors
  qkv(1, K) = qkv(3, K) = 1;                            // keys of tokens 1 and 3
  qkv(3, 0) = std::sqrt(4.0F) * std::log(9.0F);  // query of token 3; scores are q k / sqrt(K)

  Tape<float> tape;
  const kernels::AttentionShape<float> shape{
      .num_windows = 1, .length = T, .num_heads = 1, .d_head = K, .causal = true};
  const Variable<float> weights = attention(tape, tape.constant(qkv.view()), shape);

  const std::array<float, T * T> expected{1,       0,       0,       0,  //
                                          1.F / 2, 1.F / 2, 0,       0,  //
                                          1.F / 3, 1.F / 3, 1.F / 3, 0,  //
                                          0.05F,   0.45F,   0.05F,   0.45F};
  bool as_predicted = true;
  std::cout << std::fixed << std::setprecision(2);
  for (Index t = 0; t < T; ++t) {
    for (Index seen = 0; seen < T; ++seen) {
      const float weight = weights.value()(t, seen);
      std::cout << std::setw(6) << weight;
      as_predicted &= std::abs(weight - expected[static_cast<std::size_t>(t * T + seen)]) < 1e-5F;
    }
    std::cout << "\n";
  }
  std::cout << (as_predicted ? "as predicted\n" : "NOT as predicted\n");
  return as_predicted ? 0 : 1;
}

// Try: .causal = false: which rows change, and to what?
//      Two documents of two tokens, {0, 0, 2, 2}: which tokens does token 3 still attend to?
