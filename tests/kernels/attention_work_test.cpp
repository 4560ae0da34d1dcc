// SPDX-License-Identifier: MIT
//
// How much attention computes, counted and not timed: the cost follows the documents.
#include <vector>

#include "looplab/kernels/attention.hpp"
#include "support/catch.hpp"

using namespace looplab;
using kernels::attention_detail::kQueries;

namespace {

/// Scores computed for one head of one window of `length` with documents of the given lengths, the
/// last of them repeated; none: one document.
Index num_scores(Index length, std::vector<Index> document_lengths, bool causal = true) {
  std::vector<Token> documents;
  Index number = 0;
  while (std::ssize(documents) < length && !document_lengths.empty()) {
    const auto which = std::min(static_cast<std::size_t>(number++), document_lengths.size() - 1);
    documents.resize(std::min(documents.size() + static_cast<std::size_t>(document_lengths[which]),
                              static_cast<std::size_t>(length)),
                     static_cast<Token>(documents.size()));
  }
  kernels::AttentionShape<float> shape;
  shape.length = length;
  shape.causal = causal;
  shape.documents = documents.empty() ? nullptr : documents.data();
  std::vector<float> begin(static_cast<std::size_t>(shape.padded_length())), end = begin;
  const kernels::attention_detail::Ranges<float> ranges{begin.data(), end.data()};
  ranges.fill(shape, 0);
  Index scores = 0;
  for (Index t = 0; t < length; t += kQueries) {
    const auto [first, last] = ranges.keys(t, std::min(kQueries, length - t));
    scores += kQueries * (last - first);
  }
  return scores;
}

}  // namespace

TEST_CASE("documents cost what they would cost alone") {
  for (const bool causal : {true, false})
    for (const Index document : {16, 32, 64}) {
      const Index alone = num_scores(document, {}, causal);
      CHECK(num_scores(256, {document}, causal) == 256 / document * alone);
      CHECK(num_scores(1024, {document}, causal) == 1024 / document * alone);
    }
}

TEST_CASE("the cost of short documents grows with the window, that of one with its square") {
  const Index packed = num_scores(256, {7, 25, 16});
  CHECK(num_scores(1024, {7, 25, 16}) <= 4 * packed + 4 * 16 * 16);
  CHECK(num_scores(1024, {}) > 14 * num_scores(256, {}));
  CHECK(num_scores(256, {}) > 4 * packed);
}

TEST_CASE("a tile of queries looks at most at its documents, rounded to tiles") {
  const Index longest = 25, tiles = 256 / kQueries;
  CHECK(num_scores(256, {7, longest, 11, 9, 24, 25, 13, 8, 19, 22}) <=
        tiles * kQueries * (longest - 1 + kQueries + 2 * kernels::kTileRows));
}
