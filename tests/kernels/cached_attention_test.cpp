// SPDX-License-Identifier: MIT
#include "looplab/kernels/cached_attention.hpp"

#include <vector>

#include "looplab/core/random.hpp"
#include "looplab/kernels/attention.hpp"
#include "support/tolerance.hpp"

using namespace looplab;
using namespace looplab::kernels;
using looplab_test::check_close;

namespace {

template <class S>
std::vector<S> random(Index size) {
  std::vector<S> x(static_cast<std::size_t>(size));
  RandomStream stream(Seed{7}, "cached attention", static_cast<std::uint64_t>(size));
  for (S& v : x) v = static_cast<S>(stream.normal());
  return x;
}

/// Keys and values for `sequences` of `positions`, which hold nothing but NaN.
template <class S>
struct Cache {
  std::vector<S> memory;
  KeysAndValues<S> place;

  Cache(Index sequences, Index positions, Index heads, Index d_head) {
    place = {sequences, heads, d_head, padded_capacity<S>(positions), nullptr, nullptr};
    const Index size = place.size();
    memory.assign(static_cast<std::size_t>(2 * size), std::numeric_limits<S>::quiet_NaN());
    place.keys = memory.data();
    place.values = memory.data() + size;
  }
};

}  // namespace

TEMPLATE_TEST_CASE("queries among kept keys see what attention over the window sees", "", float,
                   double) {
  using S = TestType;
  for (const auto& [heads, d_head, length] : {std::tuple<Index, Index, Index>{1, 2, 1},
                                              {3, 4, 7},
                                              {2, 16, 16},
                                              {2, 24, 33},
                                              {1, 7, 20},
                                              {1, 72, 80}})
    for (const bool turned : {false, true})
      for (const bool causal : {false, true}) {
        if (turned && d_head % 2 == 1) continue;
        constexpr Index B = 2;
        const Index N = B * length, width = heads * d_head;
        std::vector<Token> documents;
        for (Index n = 0; n < N; ++n)
          documents.push_back(static_cast<Token>(n % length < 3 ? 0 : 3));
        const RotaryTable<S> table = turned ? RotaryTable<S>(length, d_head, 50) : RotaryTable<S>();
        const RotaryTable<S>* rotary = turned ? &table : nullptr;
        const std::vector<S> qkv = random<S>(3 * N * width);
        const AttentionShape<S> shape{B, length, heads, d_head, causal, documents.data(), rotary};
        std::vector<S> expected(static_cast<std::size_t>(N * width)), out(expected),
            stats(static_cast<std::size_t>(shape.stats_size()));
        Tensor<S> memory({attention_scratch_size(shape)});
        attention_forward(shape, qkv.data(), expected.data(), stats.data(), memory.data());

        Cache<S> cache(B, length, heads, d_head);
        std::vector<CachedRow> rows;
        for (Index n = 0; n < N; ++n) {
          const Index t = n % length, begin = documents[static_cast<std::size_t>(n)];
          const Index document_end = begin == 0 ? std::min<Index>(3, length) : length;
          rows.push_back({n / length, t, begin, causal ? t + 1 : document_end});
        }
        std::vector<S> scratch(
            static_cast<std::size_t>(padded_capacity<S>(d_head) + cache.place.capacity));
        keep_keys_and_values(cache.place, rows.data(), N, qkv.data(), rotary, scratch.data());
        cached_attention(cache.place, rows.data(), N, qkv.data(), rotary, out.data(),
                         scratch.data());
        INFO("heads " << heads << ", d_head " << d_head << ", length " << length << ", turned "
                      << turned << ", causal " << causal);
        check_close(out, expected, looplab_test::tolerance<S>(d_head + length), 4);
      }
}

TEST_CASE("what is kept can be a mean, in parts") {
  Cache<double> cache(1, 4, 2, 3);
  const CachedRow row{0, 2, 0, 3};
  std::vector<double> a = random<double>(18), b(a.rbegin(), a.rend()), scratch(3);
  keep_keys_and_values(cache.place, &row, 1, a.data(), {}, scratch.data(), 0.5);
  keep_keys_and_values(cache.place, &row, 1, b.data(), {}, scratch.data(), 0.5, true);
  for (Index head = 0; head < 2; ++head)
    for (Index i = 0; i < 3; ++i) {
      const auto at = static_cast<std::size_t>(6 + head * 3 + i);
      CHECK(cache.place.key_at(0, head, 2)[i * kLanes<double>] == Approx((a[at] + b[at]) / 2));
      CHECK(cache.place.value_at(0, head, 2)[i] == Approx((a[at + 6] + b[at + 6]) / 2));
    }
}
