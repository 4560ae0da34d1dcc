// SPDX-License-Identifier: MIT
//
// Lesson 100: a looped transformer with constructed weights, without training.
//
// You learn: why looping helps manipulation. One attention layer squares the relation "reaches":
//   after a loop, each node also reaches the nodes that its known nodes reach. The length of known
//   paths doubles with every loop, so a path of D edges takes ceil(log2 D) + 1 loops. Half of the
//   graph is stored in the weights ("known"), half is in the input ("told"); neither half alone
//   contains the path.
// You need:  lesson 080, and the proof in the file comment of models/reachability_construction.hpp.
// Expected output: node 0 reaches the last of 17 nodes, 16 edges away, after exactly
//   ceil(log2 16) + 1 = 5 loops if all edges are known, and after 4 if all are told. On 200 random
//   graphs in two halves the model agrees with a search on all 57800 pairs of nodes.
#include <iostream>
#include <looplab/looplab.hpp>

using namespace looplab;

namespace {

constexpr Index kNodes = 17;

/// Whether each node reaches each other one, by search: Warshall's algorithm.
Tensor<float> search(Tensor<float> known, const Tensor<float>& told) {
  for (Index i = 0; i < known.size(); ++i) known[i] = std::max(known[i], told[i]);
  for (Index i = 0; i < kNodes; ++i) known(i, i) = 1;
  for (Index via = 0; via < kNodes; ++via)
    for (Index i = 0; i < kNodes; ++i)
      for (Index k = 0; k < kNodes; ++k)
        if (known(i, via) != 0 && known(via, k) != 0) known(i, k) = 1;
  return known;
}

/// Prints how many nodes node 0 is known to reach after each loop; returns the loop that reaches
/// the last node.
Index watch(const char* title, const Tensor<float>& known, const Tensor<float>& told) {
  const ReachabilityConstruction<float> construction(known);
  std::cout << title;
  Index loop = 0, found = 0;
  for (const Tensor<float>& marks : construction.marks_per_loop(told, 6)) {
    Index reached = 0;
    for (Index k = 0; k < kNodes; ++k) reached += marks(0, k) != 0;
    std::cout << "  " << reached;
    ++loop;
    if (found == 0 && marks(0, kNodes - 1) != 0) found = loop;
  }
  std::cout << "   the last one in loop " << found << "\n";
  return found;
}

}  // namespace

int main() {
  const Tensor<float> nothing({kNodes, kNodes});
  Tensor<float> path = nothing, even = nothing, odd = nothing;
  for (Index i = 0; i + 1 < kNodes; ++i)
    path(i, i + 1) = (i % 2 ? odd : even)(i, i + 1) = 1;  // 0 -> 1 -> ... -> 16

  std::cout << "nodes that node 0 reaches, after 1, 2, ... loops\n";
  const Index known = watch("  all edges known      ", path, nothing);
  const Index told = watch("  all edges told       ", nothing, path);
  watch("  every other one told ", even, odd);

  RandomStream stream(Seed{1}, "graphs");
  Index agreed = 0;
  for (int graph = 0; graph < 200; ++graph) {
    Tensor<float> weights = nothing, context = nothing;
    for (Index i = 0; i < kNodes * kNodes; ++i)
      if (stream.uniform() < 1.2 / kNodes) (stream.below(2) ? weights : context)[i] = 1;
    const Tensor<float> answer = ReachabilityConstruction<float>(weights).reaches(context, 5);
    const Tensor<float> expected = search(weights, context);
    for (Index i = 0; i < answer.size(); ++i) agreed += answer[i] == expected[i];
  }
  std::cout << "agrees with a search on " << agreed << " of " << 200 * kNodes * kNodes
            << " pairs\n";

  const bool as_predicted = known == 5 && told == 4 && agreed == 200 * kNodes * kNodes;
  std::cout << (as_predicted ? "as predicted\n" : "NOT as predicted\n");
  return as_predicted ? 0 : 1;
}

// Try: ReachabilityConstruction<float>(path, {.sharpness = 3}): why is it an error? What is the
//      message's bound for 17 nodes, and which graph fails below it?
//      marks_per_loop(nothing, 4) for paths of 9, 10, ... edges: from which length on are four
//      loops too few? Does a looped model learn this by *training*? See
//      experiments/logarithmic_loops_decide_reachability.
