// SPDX-License-Identifier: MIT
#include "looplab/tasks/graph_reachability.hpp"

#include <bit>
#include <cmath>
#include <map>
#include <set>
#include <tuple>
#include <vector>

#include "support/catch.hpp"
#include "support/windows_hash.hpp"

using namespace looplab;
using looplab_test::contains;

namespace {

static_assert(Task<GraphReachability>);

constexpr Index kFar = 1 << 20;
const std::vector<GraphReachabilityConfig> kConfigs = {
    {},
    {.num_nodes = 8, .max_distance = 3, .max_out_degree = 1, .extra_edges = 0},
    {.num_nodes = 20, .max_distance = 1, .max_out_degree = 3, .extra_edges = 25},
    {.num_nodes = 64, .max_distance = 31, .max_out_degree = 2, .extra_edges = 0},
    {.num_nodes = 13, .max_distance = 4, .max_out_degree = 8, .extra_edges = 30}};

struct Query {
  Index from, to, distance;
  bool yes;
};

/// The content of a window, read from its tokens only.
struct ShownGraph {
  std::vector<std::pair<Index, Index>> edges;
  std::vector<Query> queries;
  std::vector<std::uint8_t> degrees_out, degrees_in;
};

ShownGraph read(const GraphReachability& task, const Window& row) {
  const Index n = task.config().num_nodes, m = task.config().max_out_degree;
  ShownGraph window{{}, {}, std::vector<std::uint8_t>(static_cast<std::size_t>(n)), {}};
  window.degrees_in = window.degrees_out;
  for (Index i = 0; i < n * (m + 1); ++i) {
    const auto at = static_cast<std::size_t>(i);
    const Token token = row.tokens[at];
    REQUIRE((token >= 0 && token <= task.nobody_token()));
    REQUIRE(row.documents[at] == 0);
    if (i < n * m) {
      REQUIRE(row.targets[at] == kIgnoreIndex);
      REQUIRE(row.slices[at] == kNoSlice);
      if (token == task.nobody_token()) continue;
      window.edges.emplace_back(i / m, token);
      ++window.degrees_out[static_cast<std::size_t>(i / m)];
      ++window.degrees_in[static_cast<std::size_t>(token)];
    } else {
      const bool asks = token != task.nobody_token();
      REQUIRE((row.targets[at] != kIgnoreIndex) == asks);
      REQUIRE((row.slices[at] != kNoSlice) == asks);
      if (!asks) continue;
      REQUIRE((row.targets[at] == task.yes_token() || row.targets[at] == task.no_token()));
      window.queries.push_back(
          {i - n * m, token, row.slices[at] + 1, row.targets[at] == task.yes_token()});
    }
  }
  return window;
}

/// Distances between all nodes (Floyd & Warshall).
std::vector<std::vector<Index>> distances(Index n,
                                          const std::vector<std::pair<Index, Index>>& edges) {
  const auto size = static_cast<std::size_t>(n);
  std::vector<std::vector<Index>> d(size, std::vector<Index>(size, kFar));
  for (std::size_t i = 0; i < size; ++i) d[i][i] = 0;
  for (const auto& [from, to] : edges)
    d[static_cast<std::size_t>(from)][static_cast<std::size_t>(to)] = 1;
  for (std::size_t via = 0; via < size; ++via)
    for (std::size_t i = 0; i < size; ++i)
      for (std::size_t k = 0; k < size; ++k) d[i][k] = std::min(d[i][k], d[i][via] + d[via][k]);
  return d;
}
Index distance(const std::vector<std::vector<Index>>& d, Index from, Index to) {
  const Index found = d[static_cast<std::size_t>(from)][static_cast<std::size_t>(to)];
  return found >= kFar ? kFar : found;
}

template <class Visit>
void for_each_window(const GraphReachability& task, Seed seed, Split split, Index count,
                     Visit visit) {
  Batch batch;
  for (Index i = 0; i < count; ++i) {
    sample_batch(task, seed, split, i, 1, batch);
    visit(read(task, batch.window(0)));
  }
}

/// Accuracy on the second half of the best answer by features, learned on the first half.
template <class Features>
double table_accuracy(const std::vector<std::pair<Features, bool>>& cases) {
  std::map<Features, Index> votes;
  const std::size_t half = cases.size() / 2;
  for (std::size_t i = 0; i < half; ++i) votes[cases[i].first] += cases[i].second ? 1 : -1;
  Index right = 0;
  for (std::size_t i = half; i < cases.size(); ++i)
    right += (votes[cases[i].first] > 0) == cases[i].second;
  return static_cast<double>(right) / static_cast<double>(cases.size() - half);
}

}  // namespace

TEST_CASE("every answer and distance is that of an independent solver", "[reachability]") {
  for (const GraphReachabilityConfig& config : kConfigs) {
    const GraphReachability task(config);
    for (const Split split : {Split::train, Split::validation, Split::test})
      for_each_window(task, Seed{3}, split, 60, [&](const ShownGraph& window) {
        REQUIRE(std::ssize(window.edges) == 2 * config.max_distance + config.extra_edges);
        REQUIRE(std::set(window.edges.begin(), window.edges.end()).size() == window.edges.size());
        REQUIRE(std::ssize(window.queries) == 2 * config.max_distance);
        const auto d = distances(config.num_nodes, window.edges);
        for (const Query& query : window.queries) {
          REQUIRE(query.distance >= 1);
          REQUIRE(query.distance <= config.max_distance);
          REQUIRE(distance(d, query.from, query.to) == (query.yes ? query.distance : kFar));
        }
      });
  }
}

TEST_CASE("whichever edge of its path is cut, a query has a twin of equal degrees and other answer",
          "[reachability]") {
  for (const std::size_t i : {0u, 1u, 4u}) {
    const GraphReachability task(kConfigs[i]);
    const Index n = kConfigs[i].num_nodes;
    for_each_window(task, Seed{4}, Split::train, 20, [&](const ShownGraph& window) {
      const auto before = distances(n, window.edges);
      for (const Query& query : window.queries) {
        // Twins by brute force: exchange the ends of two edges, which keeps all degrees.
        std::set<Index> cuts;  // distances from s at which an exchange turns the answer
        for (std::size_t a = 0; a < window.edges.size(); ++a)
          for (std::size_t b = 0; b < window.edges.size(); ++b) {
            auto edges = window.edges;
            std::swap(edges[a].second, edges[b].second);
            if (std::set(edges.begin(), edges.end()).size() < edges.size()) continue;
            const auto after = distances(n, edges);
            if (distance(after, query.from, query.to) == (query.yes ? kFar : query.distance))
              cuts.insert(distance(before, query.from, window.edges[a].first));
          }
        for (Index k = 0; k < query.distance; ++k) REQUIRE(cuts.contains(k));
      }
    });
  }
}

TEST_CASE("distances, answers and edges follow their law", "[reachability]") {
  constexpr Index kWindows = 6000;
  const GraphReachability task(GraphReachabilityConfig{});
  const Index n = task.config().num_nodes, longest = task.config().max_distance;
  std::vector<double> count(static_cast<std::size_t>(longest + 1)), yes = count;
  std::map<std::pair<Index, Index>, double> edges;
  for_each_window(task, Seed{5}, Split::train, kWindows, [&](const ShownGraph& window) {
    for (const Query& query : window.queries) {
      ++count[static_cast<std::size_t>(query.distance)];
      yes[static_cast<std::size_t>(query.distance)] += query.yes;
    }
    for (const auto& edge : window.edges) ++edges[edge];
  });
  const double total = static_cast<double>(2 * longest * kWindows);
  for (std::size_t d = 1; d < count.size(); ++d) {
    double expected = 0;  // 1/L sum_{m=d}^{L} 1/m
    for (Index m = static_cast<Index>(d); m <= longest; ++m)
      expected += 1 / static_cast<double>(m * longest);
    CHECK(std::abs(count[d] / total - expected) < 4 * std::sqrt(expected / total));
    CHECK(std::abs(yes[d] / count[d] - 0.5) < 4 * 0.5 / std::sqrt(count[d]));
  }
  // Names are random: every ordered pair is an edge equally often.
  const double mean = static_cast<double>(kWindows * (2 * longest + task.config().extra_edges)) /
                      static_cast<double>(n * (n - 1));
  CHECK(std::ssize(edges) == n * (n - 1));
  for (const auto& [pair, times] : edges) CHECK(std::abs(times - mean) < 5 * std::sqrt(mean));
}

TEST_CASE("degrees tell nothing here, and something in graphs that are not matched",
          "[reachability]") {
  using Features = std::tuple<Index, Index, Index, Index>;  // out and in of s, out and in of t
  constexpr Index kWindows = 10000;
  const GraphReachability task(GraphReachabilityConfig{});
  const Index n = task.config().num_nodes;
  std::vector<std::pair<Features, bool>> matched, unmatched;
  const auto features = [](const ShownGraph& window, Index s, Index t) {
    const auto from = static_cast<std::size_t>(s), to = static_cast<std::size_t>(t);
    return Features{window.degrees_out[from], window.degrees_in[from], window.degrees_out[to],
                    window.degrees_in[to]};
  };
  for_each_window(task, Seed{6}, Split::train, kWindows, [&](const ShownGraph& window) {
    for (const Query& q : window.queries)
      matched.push_back({features(window, q.from, q.to), q.yes});
  });
  const double four_errors = 4 * 0.5 / std::sqrt(static_cast<double>(matched.size()) / 2);
  CHECK(std::abs(table_accuracy(matched) - task.slice_floor(0)) < four_errors);

  RandomStream stream(Seed{7}, "graphs");  // random edges, as many; answers half yes, half no
  for (bool wanted = true; std::ssize(unmatched) < 20000;) {
    ShownGraph window;
    window.degrees_in = window.degrees_out =
        std::vector<std::uint8_t>(static_cast<std::size_t>(n), std::uint8_t{0});
    for (Index i = 0; i < 2 * task.config().max_distance + task.config().extra_edges; ++i) {
      const auto& [from, to] = window.edges.emplace_back(stream.below(n), stream.below(n));
      ++window.degrees_out[static_cast<std::size_t>(from)];
      ++window.degrees_in[static_cast<std::size_t>(to)];
    }
    const Index s = stream.below(n), t = stream.below(n);
    const bool yes = distance(distances(n, window.edges), s, t) < kFar;
    if (s == t || yes != wanted) continue;
    unmatched.push_back({features(window, s, t), yes});
    wanted = !wanted;
  }
  CHECK(table_accuracy(unmatched) > 0.75);
}

TEST_CASE("splits share no graph, not even its degrees, and are 14 : 1 : 1", "[reachability]") {
  for (const std::size_t i : {0u, 1u}) {
    const GraphReachability task(kConfigs[i]);
    for (const Split split : {Split::train, Split::validation, Split::test})
      for_each_window(task, Seed{8}, split, 300, [&](const ShownGraph& window) {
        REQUIRE(GraphReachability::split_of(window.degrees_out, window.degrees_in) == split);
      });
  }
  // All assignments of two starts, two ends and four inner nodes among 8: 420 in all.
  std::map<Split, Index> shares;
  for (unsigned starts = 0; starts < 256; ++starts)
    for (unsigned ends = 0; ends < 256; ++ends) {
      if (std::popcount(starts) != 2 || std::popcount(ends) != 2 || (starts & ends) != 0) continue;
      std::vector<std::uint8_t> out(8), in(8);
      for (std::size_t k = 0; k < 8; ++k) {
        out[k] = (ends >> k & 1u) == 0;
        in[k] = (starts >> k & 1u) == 0;
      }
      ++shares[GraphReachability::split_of(out, in)];
    }
  CHECK(shares[Split::train] + shares[Split::validation] + shares[Split::test] == 420);
  // Binomial(420, 1/16): 26.25 with a standard deviation of 5.
  CHECK(std::abs(static_cast<double>(shares[Split::validation]) - 26.25) < 15);
  CHECK(std::abs(static_cast<double>(shares[Split::test]) - 26.25) < 15);
}

TEST_CASE("the window drawn at the head of graph_reachability.hpp stays as drawn",
          "[reachability]") {
  const GraphReachability task(
      {.num_nodes = 8, .max_distance = 3, .max_out_degree = 1, .extra_edges = 0});
  Batch batch;
  sample_batch(task, Seed{1}, Split::train, 1, 1, batch);
  std::string tokens, targets, slices;
  for (std::size_t i = 0; i < 16; ++i) {
    tokens += task.token_name(batch.tokens[i]) + " ";
    targets += (batch.targets[i] < 0 ? "." : task.token_name(batch.targets[i])) + " ";
    slices += (batch.slices[i] < 0 ? "." : task.slice_name(batch.slices[i])) + " ";
  }
  CHECK(tokens == "1 - 4 0 - 2 3 5 4 - 4 0 - 1 1 0 ");
  CHECK(targets == ". . . . . . . . no . yes yes . no yes no ");
  CHECK(slices == ". . . . . . . . d=1 . d=1 d=1 . d=2 d=3 d=2 ");
}

TEST_CASE("windows without a curriculum are those of recorded results", "[reachability]") {
  CHECK(looplab_test::windows_hash(GraphReachability(kConfigs[0]), 200) == 0x93020514a2ab26e2u);
  const GraphReachability standard(
      {.num_nodes = 12, .max_distance = 5, .max_out_degree = 1, .extra_edges = 0});
  CHECK(looplab_test::windows_hash(standard, 200) == 0x7f724f9785980de8u);
}

TEST_CASE("the curriculum adds a distance after each stage; held-out windows have all",
          "[reachability]") {
  constexpr Index kStage = 150;
  const GraphReachability task(
      {.num_nodes = 14, .max_distance = 5, .first_distance = 2, .windows_per_stage = kStage});
  for (const auto& [window, distance] :
       {std::pair{0, 2}, std::pair{149, 2}, std::pair{150, 3}, std::pair{449, 4}, std::pair{450, 5},
        std::pair{1000000, 5}})
    CHECK(task.trained_distance(window) == distance);
  std::vector<std::set<Index>> asked(4);
  Index window = 0;
  for_each_window(task, Seed{9}, Split::train, 4 * kStage, [&](const ShownGraph& shown) {
    const auto d = distances(task.config().num_nodes, shown.edges);
    REQUIRE(std::ssize(shown.queries) == 10);
    for (const Query& query : shown.queries) {
      REQUIRE(distance(d, query.from, query.to) == (query.yes ? query.distance : kFar));
      asked[static_cast<std::size_t>(window / kStage)].insert(query.distance);
    }
    ++window;
  });
  CHECK(asked == std::vector<std::set<Index>>{{1, 2}, {1, 2, 3}, {1, 2, 3, 4}, {1, 2, 3, 4, 5}});

  const GraphReachability plain({.num_nodes = 14, .max_distance = 5});
  CHECK(plain.trained_distance(0) == 5);
  Batch with, without;
  for (const Split split : {Split::validation, Split::test}) {
    sample_batch(task, Seed{9}, split, 0, 50, with);
    sample_batch(plain, Seed{9}, split, 0, 50, without);
    CHECK(with.tokens == without.tokens);
    CHECK(with.slices == without.slices);
  }
}

TEST_CASE("distances up to 16 have the sizes stated at the head of graph_reachability.hpp",
          "[reachability]") {
  const GraphReachability task({.num_nodes = 34,
                                .max_distance = 16,
                                .max_out_degree = 1,
                                .extra_edges = 0,
                                .windows_per_stage = 1000});
  CHECK(task.sequence_length() == 68);
  CHECK(task.trained_distance(14999) == 15);
  CHECK(task.trained_distance(15000) == 16);
  CHECK(task.trained_depth() == 16);
  CHECK(task.slice_depth(15) == 16);
  constexpr Index kWindows = 2000;
  double farthest = 0;
  for_each_window(task, Seed{1}, Split::test, kWindows, [&](const ShownGraph& window) {
    CHECK(window.queries.size() == 32);
    for (const Query& query : window.queries) farthest += query.distance == 16;
  });
  CHECK(std::abs(farthest - kWindows / 8.) < 4 * std::sqrt(kWindows / 8.));
  CHECK_THROWS_WITH(GraphReachability({.num_nodes = 33, .max_distance = 16}),
                    contains("two chains of 16 edges have 34 nodes"));
}

TEST_CASE("a window is a pure function of seed, split and index", "[reachability]") {
  const GraphReachability task(GraphReachabilityConfig{});
  Batch together, alone;
  sample_batch(task, Seed{3}, Split::train, 0, 8, together);
  sample_batch(task, Seed{3}, Split::train, 5, 1, alone);
  CHECK(std::ranges::equal(together.window(5).tokens, alone.tokens));
  CHECK(std::ranges::equal(together.window(5).targets, alone.targets));
  std::set<std::vector<Token>> different;
  for (const auto& [seed, split, index] :
       {std::tuple{3, Split::train, 5}, std::tuple{4, Split::train, 5},
        std::tuple{3, Split::validation, 5}, std::tuple{3, Split::test, 5},
        std::tuple{3, Split::train, 6}}) {
    sample_batch(task, Seed{static_cast<std::uint64_t>(seed)}, split, index, 1, alone);
    different.insert(alone.tokens);
  }
  CHECK(different.size() == 5);
}

TEST_CASE("graphs that cannot be are refused", "[reachability]") {
  CHECK_THROWS_WITH(GraphReachability({.num_nodes = 9, .max_distance = 4}),
                    contains("num_nodes is 9, but two chains of 4 edges have 10 nodes"));
  CHECK_THROWS_WITH(GraphReachability({.num_nodes = 6, .max_distance = 2, .extra_edges = 0}),
                    contains("num_nodes is 6, expected 8 ..."));
  // One sink, one source, two places: 8 + 2 from the chains, 0 from the sink, 2 from the source.
  CHECK_THROWS_WITH(GraphReachability({.num_nodes = 12, .extra_edges = 13}),
                    contains("extra_edges is 13") && contains("have room for 12"));
  const GraphReachability full({.num_nodes = 12, .extra_edges = 12});
  for_each_window(full, Seed{1}, Split::train, 20,
                  [](const ShownGraph& window) { CHECK(window.edges.size() == 20); });
  CHECK_THROWS_WITH(GraphReachability({.num_nodes = 8, .max_distance = 3, .max_out_degree = 0}),
                    contains("max_out_degree is 0"));
  CHECK_THROWS_WITH(GraphReachability({.first_distance = 5}),
                    contains("first_distance 5 exceeds max_distance 4"));
  CHECK_THROWS_WITH(GraphReachability({.first_distance = 0}), contains("first_distance is 0"));
  CHECK_THROWS_WITH(GraphReachability({.windows_per_stage = -1}),
                    contains("windows_per_stage is -1"));
}
