// SPDX-License-Identifier: MIT
//
// Reachability in a directed graph given in context: is there a path from s to t?
//
//   node      0   1   2   3   4   5   6   7 |  0   1   2   3   4   5   6   7     7 > 5 > 2 > 4
//   tokens    1   -   4   0   -   2   3   5 |  4   -   4   0   -   1   1   0     6 > 3 > 0 > 1
//   targets   .   .   .   .   .   .   .   . | no   . yes yes   .  no yes  no     '.' is not scored
//   slices    .   .   .   .   .   .   .   . |  1   .   1   1   .   2   3   2     the distance d
//
// The position identifies the node. First every node lists the nodes its edges lead to
// (`max_out_degree` positions each, in random order), then nodes ask whether they reach the node at
// that position. Positions must be learned and attention must be bidirectional. This is the input
// of the theorem (models/reachability_construction.hpp): the index of a node and its successors.
//
// A graph consists of two chains p_0 > ... > p_L and q_0 > ... > q_L on random nodes, and extra
// edges that do not connect chain nodes: they lead into a sink or out of a source. Every node of a
// chain but the last asks, with equal probability, for a node further down its chain (yes) or for
// the node at that depth of the other chain (no); the distance d is uniform on 1 ... L - depth.
// Over all queries
//
//   P(d) = 1/L sum_{m=d}^{L} 1/m                short distances are more frequent
//
// Curriculum. With windows_per_stage training asks for distances up to first_distance + i only in
// stage i = 0, 1, ..., until that is L; graphs, and held-out windows, have all distances throughout.
// A stage adds one distance and does not double them: the learned distance can then be any number,
// so that growth as a power of two is a result and not a step of the curriculum; and half of the
// stages, not one of them, are for the upper half of the distances.
//
// Sizes. A window has n (max_out_degree + 1) positions, 2 L of which ask. L = 16 needs 34 nodes:
// 68 positions with max_out_degree = 1, where one query in 256 (one in 8 windows) has d = 16. That
// is 2.8 times the positions, and at full attention 8 times the scores, of 12 nodes and L = 5.
//
// Why no heuristic helps. Cut both chains between depths k and k+1 and exchange their tails. This
// twin graph has the same nodes, the same edges in and out of every node, the same queries and the
// same probability (extra edges do not depend on the chain of a node), and the other answer to
// every query that spans the cut. A predictor that uses only degrees is therefore right in exactly
// one half of all cases. The same holds for a predictor that sees only r edges from s and r' edges
// back from t with r + r' < d: cut an edge that it does not see.
//
// Held out. A hash of the degrees of all nodes, equal for twins, assigns a graph to a split: 14/16
// train, 1/16 validation, 1/16 test.
//
// Sources: Ouro, arXiv:2510.25741, section 6.3 (the claim);
//          Ye et al. 2025, arXiv:2510.19753 (beyond their depth, models learn degrees instead).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "looplab/core/config.hpp"
#include "looplab/core/fnv1a.hpp"
#include "looplab/tasks/detail/split_streams.hpp"
#include "looplab/tasks/task.hpp"

namespace looplab {

/// Configuration of the task.
struct GraphReachabilityConfig {
  Index num_nodes = 12;
  Index max_distance = 4;
  Index max_out_degree = 2;
  Index extra_edges = 6;
  Index first_distance = 1;
  Index windows_per_stage = 0;

  static constexpr Index kMaxNodes = 64, kMaxOutDegree = 8;

  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    visit(Field{"num_nodes", "n, number of nodes: two chains, sinks and sources", 8, kMaxNodes},
          self.num_nodes);
    visit(Field{"max_distance", "L, edges of a chain, and the longest distance asked for", 1, 31},
          self.max_distance);
    visit(Field{"max_out_degree", "positions for the outgoing edges of a node", 1, kMaxOutDegree},
          self.max_out_degree);
    visit(Field{"extra_edges", "number of edges besides the two chains", 0,
                kMaxNodes * kMaxOutDegree},
          self.extra_edges);
    visit(Field{"first_distance", "longest distance asked for in the first stage", 1, 31},
          self.first_distance);
    visit(Field{"windows_per_stage",
                "training windows per stage, which adds one distance; 0: all from the start", 0,
                1e12},
          self.windows_per_stage);
  }

  /// Positions of a window.
  [[nodiscard]] Index sequence_length() const { return num_nodes * (max_out_degree + 1); }
  [[nodiscard]] Index chain_nodes() const { return 2 * (max_distance + 1); }
  /// Nodes outside the chains: sinks, which extra edges lead into, and sources.
  [[nodiscard]] Index num_sinks() const { return (num_nodes - chain_nodes() + 1) / 2; }
  [[nodiscard]] Index num_sources() const { return (num_nodes - chain_nodes()) / 2; }
  /// Maximum number of extra edges.
  [[nodiscard]] Index room() const {
    const auto from = [&](Index count, Index used, Index targets) {
      return count * std::clamp<Index>(targets, 0, max_out_degree - used);
    };
    return from(2 * max_distance, 1, num_sinks()) + from(2, 0, num_sinks()) +
           from(num_sinks(), 0, num_sinks() - 1) + from(num_sources(), 0, num_nodes - 1);
  }

  /// \throws ConfigError naming every problem.
  void validate() const {
    Problems problems;
    check_ranges(*this, problems);
    const bool fits = num_nodes >= chain_nodes();
    problems.check(fits, "num_nodes is ", num_nodes, ", but two chains of ", max_distance,
                   " edges have ", chain_nodes(), " nodes");
    problems.check(!fits || extra_edges <= room(), "extra_edges is ", extra_edges, ", but ",
                   num_nodes, " nodes with max_distance ", max_distance, " and max_out_degree ",
                   max_out_degree, " have room for ", room());
    problems.check(first_distance <= max_distance, "first_distance ", first_distance,
                   " exceeds max_distance ", max_distance);
    problems.throw_if_any("graph_reachability");
  }
};

/// Satisfies `Task`. Tokens: nodes, nobody (no edge), no, yes.
class GraphReachability {
 public:
  static constexpr std::string_view kName = "graph_reachability";
  static constexpr std::string_view kHelp = "reachability in a graph given in context";
  /// Accuracy from which a distance counts as learned: .8 of the cases followed, the rest guessed.
  static constexpr double kLearnedAccuracy = 0.9;
  /// Accuracy of guessing yes or no.
  static constexpr double kGuessAccuracy = 0.5;

  explicit GraphReachability(GraphReachabilityConfig config) : config_(config) {
    config_.validate();
  }

  [[nodiscard]] const GraphReachabilityConfig& config() const { return config_; }
  [[nodiscard]] std::string name() const { return std::string(kName); }
  [[nodiscard]] Index vocab_size() const { return config_.num_nodes + 3; }
  [[nodiscard]] Index sequence_length() const { return config_.sequence_length(); }
  [[nodiscard]] Index num_slices() const { return config_.max_distance; }
  [[nodiscard]] std::string slice_name(Index slice) const { return "d=" + to_text(slice + 1); }
  /// Distance of a slice's queries.
  [[nodiscard]] Index slice_depth(Index slice) const { return slice + 1; }
  [[nodiscard]] Index trained_depth() const { return config_.max_distance; }
  /// 0: held-out windows are drawn without end.
  [[nodiscard]] Index num_evaluation_sequences() const { return 0; }

  [[nodiscard]] Token nobody_token() const { return static_cast<Token>(config_.num_nodes); }
  [[nodiscard]] Token no_token() const { return nobody_token() + 1; }
  [[nodiscard]] Token yes_token() const { return nobody_token() + 2; }
  /// The text of a token: "7", "-", "no", "yes".
  [[nodiscard]] std::string token_name(Token token) const {
    if (token < nobody_token()) return to_text(Index{token});
    return token == nobody_token() ? "-" : token == no_token() ? "no" : "yes";
  }

  /// Exactly one half: degrees and parts of the path carry no information (see the file comment).
  [[nodiscard]] double slice_floor(Index /*slice*/) const { return kGuessAccuracy; }

  /// The longest distance asked for in training window `index`.
  [[nodiscard]] Index trained_distance(Index index) const {
    if (config_.windows_per_stage == 0) return config_.max_distance;
    return std::min(config_.first_distance + index / config_.windows_per_stage,
                    config_.max_distance);
  }

  /// The split of the graphs with these degrees: edges out of and into node 0, 1, ...
  [[nodiscard]] static Split split_of(std::span<const std::uint8_t> degrees_out,
                                      std::span<const std::uint8_t> degrees_in);

  /// Fills window `index` of a split; a pure function of its arguments.
  void sample(Seed seed, Split split, Index index, Window window) const;

 private:
  static constexpr std::size_t kMaxNodes = GraphReachabilityConfig::kMaxNodes;
  /// Slots 0 ... n-1 are p_0 ... p_L, q_0 ... q_L, sinks, sources; `node` gives each its number.
  struct Graph {
    std::array<Token, kMaxNodes> node;
    std::array<std::array<Token, GraphReachabilityConfig::kMaxOutDegree>, kMaxNodes> successors;
    std::array<std::uint8_t, kMaxNodes> degrees_out, degrees_in;  // by node, as `successors`
    [[nodiscard]] std::size_t at(Index position) const {
      return static_cast<std::size_t>(node[static_cast<std::size_t>(position)]);
    }
    void add(Index from, Index to) {
      successors[at(from)][degrees_out[at(from)]++] = node[static_cast<std::size_t>(to)];
      ++degrees_in[at(to)];
    }
    [[nodiscard]] bool has(Index from, Index to) const {
      const auto& of = successors[at(from)];
      const auto end = of.begin() + degrees_out[at(from)];
      return std::find(of.begin(), end, node[static_cast<std::size_t>(to)]) != end;
    }
  };

  /// The slot at a depth of a chain (0 or 1).
  [[nodiscard]] Index index(Index chain, Index depth) const {
    return chain * (config_.max_distance + 1) + depth;
  }
  void draw_graph(RandomStream& stream, Graph& graph) const;
  void write_edges(RandomStream& stream, Graph& graph, std::span<Token> tokens) const;
  void write_queries(RandomStream& stream, const Graph& graph, Index chain, Index longest,
                     Window& window) const;

  GraphReachabilityConfig config_;
};

inline Split GraphReachability::split_of(std::span<const std::uint8_t> degrees_out,
                                         std::span<const std::uint8_t> degrees_in) {
  std::uint64_t hash = kFnv1aStart;
  for (const auto& degrees : {degrees_out, degrees_in})
    for (std::uint8_t degree : degrees) hash = fnv1a_step(hash, degree);
  return split_of_hash(hash);
}

/// Extra edges are distinct, each uniform among the allowed ones whose source has a free position.
inline void GraphReachability::draw_graph(RandomStream& stream, Graph& graph) const {
  const Index n = config_.num_nodes, sinks = config_.chain_nodes();
  const Index sources = sinks + config_.num_sinks();
  for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i) {
    graph.node[i] = static_cast<Token>(i);
    graph.degrees_out[i] = graph.degrees_in[i] = 0;
  }
  stream.shuffle(std::span(graph.node.data(), static_cast<std::size_t>(n)));
  for (const Index chain : {0, 1})
    for (Index depth = 0; depth < config_.max_distance; ++depth)
      graph.add(index(chain, depth), index(chain, depth + 1));
  for (Index count = 0; count < config_.extra_edges;) {
    const Index from = stream.below(n), to = stream.below(n);
    const bool allowed = from != to && (from >= sources || (to >= sinks && to < sources));
    if (!allowed || graph.degrees_out[graph.at(from)] == config_.max_out_degree ||
        graph.has(from, to))
      continue;
    graph.add(from, to);
    ++count;
  }
}

/// Writes each node's successors and `nobody` tokens in random order.
inline void GraphReachability::write_edges(RandomStream& stream, Graph& graph,
                                           std::span<Token> tokens) const {
  const auto degree = static_cast<std::size_t>(config_.max_out_degree);
  for (std::size_t node = 0; node < static_cast<std::size_t>(config_.num_nodes); ++node) {
    const std::span of(graph.successors[node].data(), degree);
    std::fill(of.begin() + graph.degrees_out[node], of.end(), nobody_token());
    if (degree > 1) stream.shuffle(of);
    std::ranges::copy(of, tokens.begin() + static_cast<std::ptrdiff_t>(node * degree));
  }
}

/// Writes the queries of a chain, of distances up to `longest`.
inline void GraphReachability::write_queries(RandomStream& stream, const Graph& graph, Index chain,
                                             Index longest, Window& window) const {
  const auto first = static_cast<std::size_t>(config_.num_nodes * config_.max_out_degree);
  for (Index depth = 0; depth < config_.max_distance; ++depth) {
    const Index distance = 1 + stream.below(std::min(config_.max_distance - depth, longest));
    const Index other = stream.below(2);
    const std::size_t position = first + graph.at(index(chain, depth));
    window.tokens[position] = static_cast<Token>(graph.at(index(chain ^ other, depth + distance)));
    window.targets[position] = other != 0 ? no_token() : yes_token();
    window.slices[position] = static_cast<Token>(distance - 1);
  }
}

inline void GraphReachability::sample(Seed seed, Split split, Index index, Window window) const {
  RandomStream stream = split_stream(seed, kName, split, index);
  const auto n = static_cast<std::size_t>(config_.num_nodes);
  Graph graph;
  do draw_graph(stream, graph);
  while (split_of({graph.degrees_out.data(), n}, {graph.degrees_in.data(), n}) != split);
  write_edges(stream, graph, window.tokens);
  std::ranges::fill(window.tokens.last(n), nobody_token());
  const Index longest = split == Split::train ? trained_distance(index) : config_.max_distance;
  for (const Index chain : {0, 1}) write_queries(stream, graph, chain, longest, window);
}

static_assert(Task<GraphReachability>);

}  // namespace looplab
