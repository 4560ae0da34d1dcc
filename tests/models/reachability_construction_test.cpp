// SPDX-License-Identifier: MIT
//
// Every answer against a breadth-first search: all small graphs in all splits, large ones at
// random.
#include "looplab/models/reachability_construction.hpp"

#include <array>
#include <cmath>
#include <queue>
#include <vector>

#include "looplab/core/random.hpp"
#include "support/catch.hpp"

using namespace looplab;
using looplab_test::contains;

namespace {

constexpr Index kFar = 1 << 20;  // no path

/// Distances [n][n] in the union of two adjacencies, breadth first.
template <Real S>
std::vector<Index> distances(Index n, const S* a, const S* b) {
  std::vector<Index> all(static_cast<std::size_t>(n * n), kFar);
  for (Index from = 0; from < n; ++from) {
    Index* to = all.data() + from * n;
    to[from] = 0;
    for (std::queue<Index> next({from}); !next.empty(); next.pop())
      for (Index k = 0, i = next.front(); k < n; ++k)
        if ((a[i * n + k] != 0 || b[i * n + k] != 0) && to[k] == kFar) {
          to[k] = to[i] + 1;
          next.push(k);
        }
  }
  return all;
}

Index diameter(const std::vector<Index>& distances) {
  Index largest = 0;
  for (Index d : distances)
    if (d < kFar) largest = std::max(largest, d);
  return largest;
}

/// The adjacency [n, n] of the edges whose bits are set; bits run over ordered pairs i != k.
template <Real S>
void write_graph(unsigned bits, Index n, S* to) {
  for (Index i = 0; i < n; ++i)
    for (Index k = 0; k < n; ++k)
      if (i != k) {
        to[i * n + k] = static_cast<S>(bits & 1u);
        bits >>= 1;
      }
}

template <Real S>
Tensor<S> random_graph(Index n, double density, RandomStream& stream) {
  Tensor<S> graph({n, n});
  for (Index i = 0; i < n; ++i)
    for (Index k = 0; k < n; ++k) graph(i, k) = i != k && stream.uniform() < density ? 1 : 0;
  return graph;
}

/// A path 0 -> 1 -> ... -> edges.
template <Real S>
Tensor<S> path(Index n, Index edges) {
  Tensor<S> graph({n, n});
  for (Index i = 0; i < edges; ++i) graph(i, i + 1) = 1;
  return graph;
}

/// Number of wrong marks: after every loop, of a pair that is not reachable; from the loop the
/// theorem names on, of any.
template <Real S>
Index mistakes(const Tensor<S>& known, const Tensor<S>& contexts,
               const std::vector<Tensor<S>>& marks) {
  const Index n = known.rows(), size = n * n;
  Index wrong = 0;
  for (Index graph = 0; graph < contexts.size() / size; ++graph) {
    const auto distance = distances(n, known.data(), contexts.data() + graph * size);
    const Index enough = loops_to_reach(diameter(distance));
    for (Index loop = 1; loop <= std::ssize(marks); ++loop)
      for (Index pair = 0; pair < size; ++pair) {
        const S mark = marks[static_cast<std::size_t>(loop - 1)][graph * size + pair];
        const Index d = distance[static_cast<std::size_t>(pair)];
        const bool marked = mark == S{1};
        wrong += (marked && d == kFar) || (!marked && (loop >= enough && d < kFar)) ||
                 (!marked && d <= Index{1} << (loop - 1)) || (mark != S{0} && mark != S{1});
      }
  }
  return wrong;
}

/// Graphs on which no threshold that is too low, or too high, survives: see the two tests below.
/// Node 0 reaches nobody, all others reach the last one.
template <Real S>
Tensor<S> everyone_but_the_first(Index n) {
  Tensor<S> graph({n, n});
  for (Index i = 1; i + 1 < n; ++i) graph(i, n - 1) = 1;
  return graph;
}
/// Node 0 reaches all but the last one, which only node 1 reaches.
template <Real S>
Tensor<S> one_of_many(Index n) {
  Tensor<S> graph({n, n});
  for (Index k = 1; k + 1 < n; ++k) graph(0, k) = 1;
  graph(1, n - 1) = 1;
  return graph;
}

}  // namespace

TEMPLATE_TEST_CASE(
    "all graphs of two, three and four nodes, in all splits, at the rule's sharpness",
    "[reachability]", float, double) {
  using S = TestType;
  for (Index n : {1, 2, 3, 4}) {
    const auto num_graphs = 1u << static_cast<unsigned>(n * (n - 1));
    // Four nodes: every edge absent, in the weights or in context: 3^12; fewer: or in both.
    const unsigned step = n == 4 && sizeof(S) == sizeof(double) ? 17 : 1;  // one type does them all
    for (unsigned in_weights = 0; in_weights < num_graphs; in_weights += step) {
      Tensor<S> known({n, n});
      write_graph(in_weights, n, known.data());
      std::vector<unsigned> contexts;
      for (unsigned bits = 0; bits < num_graphs; ++bits)
        if (n < 4 || (bits & in_weights) == 0) contexts.push_back(bits);
      Tensor<S> graphs({std::ssize(contexts) * n, n});
      for (std::size_t i = 0; i < contexts.size(); ++i)
        write_graph(contexts[i], n, graphs.data() + static_cast<Index>(i) * n * n);
      const ReachabilityConstruction<S> construction(known);
      const auto marks = construction.marks_per_loop(graphs, loops_to_reach(n - 1) + 1);
      if (mistakes(known, graphs, marks) != 0) FAIL("n " << n << ", weights " << in_weights);
    }
  }
}

TEMPLATE_TEST_CASE("random graphs of up to 32 nodes", "[reachability]", float, double) {
  using S = TestType;
  RandomStream stream(Seed{5}, "graphs");
  std::array<Index, 8> seen{};
  for (Index n : {5, 8, 13, 16, 24, 32})
    for (double degree : {0.3, 0.7, 1.0, 1.5, 3.0})
      for (double share : {0.0, 0.3, 0.5, 1.0}) {  // of the edges, in the weights
        const double density = degree / static_cast<double>(n);
        const Tensor<S> known = random_graph<S>(n, share * density, stream);
        const Tensor<S> context = random_graph<S>(n, (1 - share) * density, stream);
        const auto marks = ReachabilityConstruction<S>(known).marks_per_loop(context, 7);
        INFO(n << " nodes, degree " << degree << ", share in weights " << share);
        CHECK(mistakes(known, context, marks) == 0);
        const Index d = diameter(distances(n, known.data(), context.data()));
        ++seen[static_cast<std::size_t>(loops_to_reach(d))];
      }
  for (std::size_t loops = 1; loops <= 5; ++loops) CHECK(seen[loops] > 0);  // no easy graphs only
}

TEST_CASE("ceil(log2 D) + 1 loops decide a path in the weights, one loop fewer does not",
          "[reachability]") {
  constexpr Index n = 32;
  const Tensor<float> nothing({n, n});
  for (Index d = 2; d < n; ++d) {
    const ReachabilityConstruction<float> construction(path<float>(n, d));
    const Index loops = loops_to_reach(d);
    CHECK(loops == static_cast<Index>(std::ceil(std::log2(static_cast<double>(d)))) + 1);
    CHECK(construction.reaches(nothing, loops)(0, d) == 1);
    CHECK(construction.reaches(nothing, loops - 1)(0, d) == 0);
    CHECK(construction.reaches(nothing, loops + 3)(0, d) == 1);  // more do no harm
    // The same path in context is there one loop earlier, and again not before.
    const ReachabilityConstruction<float> knows_nothing(nothing);
    CHECK(knows_nothing.reaches(path<float>(n, d), loops - 1)(0, d) == 1);
    if (loops > 2) CHECK(knows_nothing.reaches(path<float>(n, d), loops - 2)(0, d) == 0);
  }
}

TEST_CASE("a path that changes between weights and context at every edge is decided",
          "[reachability]") {
  constexpr Index n = 18;
  Tensor<float> known({n, n}), context({n, n});
  for (Index i = 0; i + 1 < n; ++i) (i % 2 ? known : context)(i, i + 1) = 1;
  const auto marks = ReachabilityConstruction<float>(known).marks_per_loop(context, 6);
  CHECK(mistakes(known, context, marks) == 0);
  CHECK(marks[5](0, n - 1) == 1);
  CHECK(marks[5](n - 1, 0) == 0);
}

TEST_CASE("just above the least sharpness all graphs are right", "[reachability]") {
  constexpr double kAbove = 1e-9;
  for (Index n : {3, 4}) {  // all graphs in context
    const double sharpness = least_sharpness(n) + kAbove;
    const auto num_graphs = 1u << static_cast<unsigned>(n * (n - 1));
    Tensor<double> graphs({static_cast<Index>(num_graphs) * n, n});
    for (unsigned bits = 0; bits < num_graphs; ++bits)
      write_graph(bits, n, graphs.data() + static_cast<Index>(bits) * n * n);
    const Tensor<double> known({n, n});
    const ReachabilityConstruction<double> construction(known, {.sharpness = sharpness});
    CHECK(mistakes(known, graphs, construction.marks_per_loop(graphs, 4)) == 0);
  }
  RandomStream stream(Seed{6}, "graphs");
  for (Index n : {5, 12, 32}) {
    const Tensor<double> known({n, n});
    const ReachabilityConstruction<double> construction(known,
                                                        {.sharpness = least_sharpness(n) + kAbove});
    for (const Tensor<double>& graph :
         {everyone_but_the_first<double>(n), one_of_many<double>(n),
          random_graph<double>(n, 0.1, stream), random_graph<double>(n, 0.5, stream)})
      CHECK(mistakes(known, graph, construction.marks_per_loop(graph, 6)) == 0);
  }
}

TEST_CASE("just below it every threshold fails on one of two graphs, at any number of loops",
          "[reachability]") {
  for (Index n : {4, 7, 32}) {
    const double sharpness = least_sharpness(n) - 1e-9;
    const ReachabilityMargin margin(n, sharpness);
    REQUIRE(margin.low > margin.high);
    const Tensor<double> known({n, n});
    for (const double threshold : {0.5 * margin.high, margin.high, (margin.low + margin.high) / 2,
                                   margin.low, 1.5 * margin.low}) {
      const ReachabilityConstruction<double> construction(
          known, {.sharpness = sharpness, .threshold = threshold});
      const auto everyone = everyone_but_the_first<double>(n), one = one_of_many<double>(n);
      const bool invents = construction.reaches(everyone, 1)(0, n - 1) == 1;
      const bool misses = construction.reaches(one, 12)(0, n - 1) == 0;
      INFO(n << " nodes, threshold " << threshold);
      CHECK((invents || misses));
      CHECK(invents == (threshold < margin.low));  // the bounds are what decides
      if (std::abs(threshold - margin.high) > 1e-6) CHECK(misses == (threshold > margin.high));
    }
  }
}

TEST_CASE("both bounds of the margin are attained", "[reachability]") {
  constexpr Index n = 9;
  constexpr double kSharpness = 2;  // below ln(55): the bounds themselves do not mind
  const ReachabilityMargin margin(n, kSharpness);
  const Tensor<double> known({n, n});
  for (const double nudge : {1 - 1e-9, 1 + 1e-9}) {
    const ReachabilityConstruction<double> at_low(
        known, {.sharpness = kSharpness, .threshold = margin.low * nudge});
    CHECK(at_low.reaches(everyone_but_the_first<double>(n), 1)(0, n - 1) == (nudge < 1 ? 1 : 0));
    const ReachabilityConstruction<double> at_high(
        known, {.sharpness = kSharpness, .threshold = margin.high * nudge});
    CHECK(at_high.reaches(one_of_many<double>(n), 1)(0, n - 1) == (nudge < 1 ? 1 : 0));
  }
}

TEST_CASE("the printed pairing of Q and K decides nothing", "[reachability]") {
  // Q = diag(0, I) and K = beta diag(I, 0): all scores 0, so attention is the mean over all nodes.
  constexpr Index n = 6;
  const Tensor<float> known({n, n});
  ReachabilityConstruction<float> construction(known);
  LoopedTransformer<float> printed = construction.model();
  const ParameterList<float> parameters(printed);
  Tensor<float>& qkv = parameters.at("block.0.attention.qkv.weight").value;
  for (Index i = 0; i < n; ++i) std::swap(qkv(n + i, i), qkv(n + i, n + i));
  parameters.prepare();
  Tensor<float> input({n, 2 * n});  // one edge 4 -> 5 and self loops
  for (Index i = 0; i < n; ++i) input(i, i) = input(i, n + i) = 1;
  input(4, n + 5) = 1;
  Tape<float> tape;
  const auto logits = printed.head({tape}, printed.hidden({tape}, {1, n, {}, {}}, {.num_loops = 1},
                                                          tape.constant(input.view())));
  CHECK(logits.data()[0 * n + 5] == 1);  // node 0 has no edge at all
}

TEST_CASE("tokens are nodes without edges in context: the model answers by its weights alone",
          "[reachability]") {
  const ReachabilityConstruction<float> construction(path<float>(5, 4));
  const std::vector<Token> tokens = {0, 1, 2, 3, 4};
  Tape<float> tape;
  const auto logits = construction.model().forward({tape}, {1, 5, tokens, {}}, {.num_loops = 3});
  const auto marks = construction.reaches(Tensor<float>({5, 5}), 3);
  CHECK(std::equal(marks.begin(), marks.end(), logits.data()));
  CHECK(marks(0, 4) == 1);
}

TEST_CASE("the model has the sizes of the theorem", "[reachability]") {
  const ReachabilityConstruction<float> construction(path<float>(7, 3));
  const LoopedTransformerConfig& c = construction.model().config();
  CHECK(c.d_model == 14);
  CHECK(c.num_heads == 1);
  CHECK(c.num_block_layers == 1);
  CHECK(c.num_prelude_layers + c.num_coda_layers == 0);
  CHECK(c.num_loops == 4);  // ceil(log2 6) + 1
}

TEST_CASE("a graph in context that is not one is refused", "[reachability]") {
  using Construction = ReachabilityConstruction<float>;
  CHECK_THROWS_WITH(Construction(Tensor<float>({2, 3})), contains("[2, 3], expected [2, 2]"));
  CHECK_THROWS_WITH(Construction(Tensor<float>({1, 1}, {2})), contains("holds 2, expected 0 or 1"));
  CHECK_THROWS_WITH(Construction(Tensor<float>({9, 9}), {.sharpness = 4}),
                    contains("sharpness 4 for 9 nodes, expected more than 4.00733"));
  CHECK_THROWS_AS(Construction(Tensor<float>({2, 2}), {.threshold = -1}), ConfigError);
  const Construction construction(Tensor<float>({3, 3}));
  CHECK_THROWS_AS(construction.reaches(Tensor<float>({4, 3}), 1), ShapeError);
  CHECK_THROWS_AS(construction.reaches(Tensor<float>({0, 3}), 1), ShapeError);
  CHECK_THROWS_WITH(construction.reaches(Tensor<float>({3, 3}), 0), contains("num_loops is 0"));
}
