// SPDX-License-Identifier: MIT
//
// Graph reachability decided by a looped transformer with constructed, not trained, weights.
//
// Theorem (Ouro, arXiv:2510.25741, section 6.3 and appendix B.5). For a directed graph G on n
// nodes, stored in the weights, there is a transformer of one layer, one head and width 2n that
// decides reachability on G + G_ctx, for every graph G_ctx given in context, in ceil(log2 D) + 1
// loops; D is the largest finite distance in G + G_ctx.
//
// Position i holds [e_i ; m_i]: the node's one-hot index, and marks at the nodes it is known to
// reach. m_i starts as row i of A_ctx + I. With E = e^beta, M the matrix of rows m_i and A the
// adjacency of G, one loop computes
//
//   attention     q_i = [m_i ; 0],  k_j = [beta e_j ; 0],  v_j = [0 ; m_j]:   q_i . k_j = beta M_ij
//                 P_ij = E^{M_ij} / sum_l E^{M_il}
//   step norm     M_ik <- 1{ M_ik + sum_j P_ij M_jk - theta > 0 }             M or M M
//   feed-forward  M_ik <- 1{ M_ik + gelu(A_ik) > 0 }                          M or A
//
// Three corrections to the proof as printed, where Q = V = diag(0, I), K = beta diag(I, 0):
//
//   1. The printed q_i = [0 ; m_i] and k_j = [beta e_j ; 0] are orthogonal, so all scores are 0.
//      Here Q moves m to the first half.
//   2. A node without edges prefers no key: uniform attention would give it the edges of all nodes.
//      Here every node reaches itself, so no row is empty and M M contains M.
//   3. At finite beta every node gets some weight, and 1{x > 0} would mark every node that any node
//      reaches. Here a bias -theta precedes the step.
//
// How large beta must be. Let M_ik = 0, and let i reach m nodes, including itself (so m < n).
//
//   no node that i reaches leads to k:  sum <= (n - m) / (m E + n - m), at most low   at m = 1
//   at least one does, as does k:       sum >= (E + 1) / (m E + n - m), at least high at m = n - 1
//
//   low = (n - 1) / (E + n - 1),   high = (E + 1) / ((n - 1) E + 1),   both attained by some graph.
//
// So theta is correct for all graphs if and only if low <= theta < high, and there is such a theta
// if and only if (n-1) ((n-1) E + 1) < (E + 1) (E + n - 1), that is
//
//   beta > ln(n^2 - 3n + 1)        (n >= 3; with fewer nodes any beta works)
//
// How many loops. M_r, after loop r, marks reachable pairs only, and all those at distance 2^{r-1}
// or less: M_1 contains I + A_ctx + A, and M_{r+1} contains M_r M_r. Hence ceil(log2 D) + 1 loops
// suffice. They are also necessary: with a path of D edges in the weights and nothing in context
// M_1 = I + A, so M_r marks exactly the distances up to 2^{r-1}. (A path in context needs one loop
// less.)
//
// Lesson: examples/100_reachability_in_log_loops.cpp.
#pragma once

#include <cmath>
#include <vector>

#include "looplab/models/looped_transformer.hpp"

namespace looplab {

/// ceil(log2 D) + 1: number of loops that mark all pairs at distance D or less; 1 for D <= 1.
[[nodiscard]] inline Index loops_to_reach(Index distance) {
  Index loops = 1;
  for (Index reached = 1; reached < distance; reached *= 2) ++loops;
  return loops;
}

/// The lower bound of beta for n nodes: ln(n^2 - 3n + 1), and 0 for fewer than three nodes.
[[nodiscard]] inline double least_sharpness(Index num_nodes) {
  const auto n = static_cast<double>(num_nodes);
  return num_nodes < 3 ? 0 : std::log(n * n - 3 * n + 1);
}

/// The sum that attention adds to an unmarked pair of n nodes: at most `low` if the pair must stay
/// unmarked, at least `high` if it must be marked.
struct ReachabilityMargin {
  double low = 0, high = 0;

  ReachabilityMargin(Index num_nodes, double sharpness) {
    const double others = static_cast<double>(num_nodes - 1), e = std::exp(sharpness);
    low = others / (e + others);
    high = (e + 1) / (others * e + 1);
  }
};

/// 0: by rule: sharpness ln(4 n^2), which leaves a margin for float; threshold sqrt(low high).
struct ReachabilityOptions {
  double sharpness = 0;  // beta
  double threshold = 0;  // theta
};

/// The model of the file comment. Token v of its vocabulary of n is node v without edges in
/// context; logit [i, k] is 1 if i is known to reach k, else 0.
template <Real S = float>
class ReachabilityConstruction {
 public:
  /// `known` [n, n] is A: 1 where G has the edge from row to column, else 0; its diagonal is
  /// ignored.
  /// \throws ShapeError, ConfigError if `known` is not such a matrix, or if no threshold separates
  /// at this sharpness and none is given
  explicit ReachabilityConstruction(const Tensor<S>& known, ReachabilityOptions options = {})
      : num_nodes_(checked(known, known.rows())),
        options_(resolved(options, num_nodes_)),
        model_(config(num_nodes_), std::nullopt) {
    write_weights(known);
  }
  ReachabilityConstruction(const ReachabilityConstruction&) = delete;
  ReachabilityConstruction& operator=(const ReachabilityConstruction&) = delete;

  [[nodiscard]] const LoopedTransformer<S>& model() const { return model_; }
  [[nodiscard]] const ReachabilityOptions& options() const { return options_; }

  /// M_1 ... M_R of every graph in context: R tensors [B n, n] for `contexts` [B n, n], the stacked
  /// adjacencies of B >= 1 graphs. \throws ShapeError, ConfigError if `contexts` is not of that
  /// form, or if there is no loop
  [[nodiscard]] std::vector<Tensor<S>> marks_per_loop(const Tensor<S>& contexts,
                                                      Index num_loops) const {
    require<ConfigError>(num_loops >= 1, "ReachabilityConstruction: num_loops is ", num_loops,
                         ", expected 1 or more");
    checked(contexts, num_nodes_);
    const Tensor<S> input = with_names(contexts);
    Tape<S> tape;
    tape.set_recording(false);
    std::vector<Tensor<S>> marks;
    const auto keep = [&](Index, Variable<S> state) {
      const Variable<S> logits = model_.head({tape}, state);
      std::copy_n(logits.data(), logits.size(), marks.emplace_back(contexts.shape()).data());
    };
    model_.hidden_per_loop({tape}, {contexts.rows() / num_nodes_, num_nodes_, {}, {}},
                           {.num_loops = num_loops}, keep, tape.constant(input.view()));
    return marks;
  }

  /// The last of these: 1 where the row's node reaches the column's, given enough loops.
  [[nodiscard]] Tensor<S> reaches(const Tensor<S>& contexts, Index num_loops) const {
    return marks_per_loop(contexts, num_loops).back();
  }

 private:
  /// The number of nodes. `graphs` are stacked adjacencies of `num_nodes` nodes each.
  static Index checked(const Tensor<S>& graphs, Index num_nodes) {
    require<ShapeError>(graphs.shape().rank() == 2 && num_nodes >= 1 && graphs.rows() >= 1 &&
                            graphs.cols() == num_nodes && graphs.rows() % num_nodes == 0,
                        "ReachabilityConstruction: adjacency is ", graphs.shape(), ", expected [",
                        num_nodes, ", ", num_nodes, "] for each graph");
    for (S x : graphs)
      require<ConfigError>(x == S{0} || x == S{1}, "ReachabilityConstruction: adjacency holds ", x,
                           ", expected 0 or 1");
    return num_nodes;
  }

  static ReachabilityOptions resolved(ReachabilityOptions options, Index num_nodes) {
    require<ConfigError>(std::isfinite(options.sharpness) && options.sharpness >= 0 &&
                             std::isfinite(options.threshold) && options.threshold >= 0,
                         "ReachabilityConstruction: sharpness ", options.sharpness, ", threshold ",
                         options.threshold, ", expected 0 (by rule) or more");
    const auto n = static_cast<double>(num_nodes);
    if (options.sharpness == 0) options.sharpness = std::log(4 * n * n);
    if (options.threshold > 0) return options;
    require<ConfigError>(options.sharpness > least_sharpness(num_nodes),
                         "ReachabilityConstruction: sharpness ", options.sharpness, " for ",
                         num_nodes, " nodes, expected more than ", least_sharpness(num_nodes),
                         ": no threshold separates below");
    const ReachabilityMargin margin(num_nodes, options.sharpness);
    options.threshold = num_nodes == 1 ? 0.5 : std::sqrt(margin.low * margin.high);
    return options;
  }

  static LoopedTransformerConfig config(Index n) {
    return {.vocab_size = n,
            .max_sequence_length = n,
            .d_model = 2 * n,
            .num_heads = 1,
            .d_feed_forward = n,
            .num_block_layers = 1,
            .num_loops = loops_to_reach(n - 1),
            .norm = NormKind::step,
            .norm_placement = NormPlacement::post,
            .feed_forward = FeedForwardKind::gelu,
            .positions = Positions::none,
            .attention_mask = AttentionMask::full,
            .biases = true};
  }

  /// Vectors are rows, y = x W, so the matrices are those of the file comment transposed.
  void write_weights(const Tensor<S>& known) {
    const Index n = num_nodes_;
    const ParameterList<S> parameters(model_);
    const auto weight = [&](const char* name) -> Tensor<S>& { return parameters.at(name).value; };
    Tensor<S>& qkv = weight("block.0.attention.qkv.weight");        // [2n, 6n], q | k | v
    Tensor<S>& output = weight("block.0.attention.output.weight");  // [2n, 2n]
    Tensor<S>& bias = weight("block.0.attention.output.bias");      // [2n]
    Tensor<S>& up = weight("block.0.feed_forward.up.weight");       // [2n, n]
    Tensor<S>& down = weight("block.0.feed_forward.down.weight");   // [n, 2n]
    Tensor<S>& embedding = weight("embedding.weight");              // [n, 2n]
    Tensor<S>& head = weight("head.weight");                        // [2n, n]
    // Attention divides scores by the root of the width of a head.
    const double key = options_.sharpness * std::sqrt(2 * static_cast<double>(n));
    for (Index i = 0; i < n; ++i) {
      qkv(n + i, i) = 1;                        // q = [m ; 0]
      qkv(i, 2 * n + i) = static_cast<S>(key);  // k = [beta e ; 0]
      qkv(n + i, 4 * n + n + i) = 1;            // v = [0 ; m]
      output(n + i, n + i) = 1;
      bias[n + i] = static_cast<S>(-options_.threshold);
      for (Index k = 0; k < n; ++k) up(i, k) = known(i, k);
      down(i, n + i) = 1;
      embedding(i, i) = embedding(i, n + i) = 1;
      head(n + i, i) = 1;
    }
    parameters.prepare();
  }

  /// Rows [e_i ; row i of A_ctx + I].
  [[nodiscard]] Tensor<S> with_names(const Tensor<S>& contexts) const {
    const Index n = num_nodes_;
    Tensor<S> input({contexts.rows(), 2 * n});
    for (Index row = 0; row < contexts.rows(); ++row) {
      std::copy_n(contexts.data() + row * n, n, input.data() + row * 2 * n + n);
      input(row, row % n) = input(row, n + row % n) = 1;
    }
    return input;
  }

  Index num_nodes_;
  ReachabilityOptions options_;
  LoopedTransformer<S> model_;
};

}  // namespace looplab
