// SPDX-License-Identifier: MIT
//
// This machine's best rates, to which every kernel and a whole step are compared.
//
//   fp32_gflops, bf16_gflops   multiply-adds on registers alone, 2 flop each; bf16 is 0 if the
//                              program is built without the instruction
//   exp_gelements              exponentials of 16 KiB, the faster of looplab's and Eigen's
//   l2_read, _write, _copy     256 KiB, GB/s; a copy (with one multiplication) counts bytes read
//                              and bytes written
//   l2_update                  the same with the result in place, which is cheaper
//   l3_, dram_copy, _update    the same for 8 MiB and 128 MiB
//
// Each rate is the sum over the threads that run at once, each by its own processor time.
#pragma once

#include <Eigen/Core>

#include <barrier>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "bench/measure.hpp"
#include "looplab/kernels/simd.hpp"

namespace looplab_bench {

namespace peak_detail {

using looplab::Index;
using looplab::Tensor;
using looplab::kernels::broadcast;
using looplab::kernels::kLanes;
using looplab::kernels::load;
using looplab::kernels::store;
using looplab::kernels::Vec;

inline constexpr int kChains = 12;  // independent sums: more than latency times units
inline constexpr Index kTurns = 1 << 20;

/// Keeps the compiler from evaluating at compile time or removing the computation.
inline float opaque(float value) {
  volatile float hidden = value;
  return hidden;
}

inline double multiply_add_work() {
  const Vec<float> factor = broadcast(opaque(0.999F)), term = broadcast(opaque(0.001F));
  Vec<float> sum[kChains];
  for (int i = 0; i < kChains; ++i) sum[i] = broadcast(opaque(static_cast<float>(i)));
  for (Index turn = 0; turn < kTurns; ++turn)
#pragma GCC unroll 12
    for (Vec<float>& s : sum) s = s * factor + term;
  Vec<float> total{};
  for (const Vec<float>& s : sum) total += s;
  opaque(looplab::kernels::horizontal_sum(total));
  return 2e-9 * kChains * static_cast<double>(kLanes<float> * kTurns);
}

inline double bf16_work() {
#if defined(__AVX512BF16__)
  const __m512 ones = _mm512_set1_ps(opaque(1.0F));
  const __m512bh a = _mm512_cvtne2ps_pbh(ones, ones), b = _mm512_cvtne2ps_pbh(ones, ones);
  __m512 sum[kChains];
  for (int i = 0; i < kChains; ++i) sum[i] = _mm512_set1_ps(opaque(static_cast<float>(i)));
  for (Index turn = 0; turn < kTurns; ++turn)
#pragma GCC unroll 12
    for (__m512& s : sum) s = _mm512_dpbf16_ps(s, a, b);
  __m512 total{};
  for (const __m512& s : sum) total += s;
  opaque(looplab::kernels::horizontal_sum(Vec<float>(total)));
  return 2e-9 * kChains * 32 * static_cast<double>(kTurns);
#else
  return 0;
#endif
}

/// Memory that a probe traverses repeatedly: `size` floats in total.
struct Walk {
  Tensor<float> memory;
  Index passes;

  Walk(Index bytes, Index bytes_in_all)
      : memory({bytes / 4}), passes(std::max<Index>(1, bytes_in_all / bytes)) {
    memory.fill(1.0F);
  }
  [[nodiscard]] double gbytes() const { return 4e-9 * static_cast<double>(memory.size() * passes); }

  double read() {
    float sum = 0;
    for (Index pass = 0; pass < passes; ++pass)
      sum += looplab::kernels::horizontal_sum(looplab::kernels::sum_vectors<float>(
          memory.size(),
          [&](Index i, auto part, Vec<float>& s) { s += load(memory.data() + i, part); }));
    opaque(sum);
    return gbytes();
  }
  double write() {
    for (Index pass = 0; pass < passes; ++pass) {
      const Vec<float> value = broadcast(opaque(1.5F));
      looplab::kernels::for_each_vector<float>(
          memory.size(), [&](Index i, auto part) { store(memory.data() + i, value, part); });
    }
    return gbytes();
  }
  /// Copies the first half, times one, to the second.
  double copy() {
    const Index half = memory.size() / 2;
    for (Index pass = 0; pass < passes; ++pass) {
      const Vec<float> one = broadcast(opaque(1.0F));
      looplab::kernels::for_each_vector<float>(half, [&](Index i, auto part) {
        store(memory.data() + half + i, one * load(memory.data() + i, part), part);
      });
    }
    return gbytes();
  }
  double update() {
    for (Index pass = 0; pass < passes; ++pass) {
      const Vec<float> one = broadcast(opaque(1.0F));
      looplab::kernels::for_each_vector<float>(memory.size(), [&](Index i, auto part) {
        store(memory.data() + i, one * load(memory.data() + i, part), part);
      });
    }
    return 2 * gbytes();
  }
  double exp() {
    for (Index pass = 0; pass < passes; ++pass)
      looplab::kernels::for_each_vector<float>(memory.size() / 2, [&](Index i, auto part) {
        store(memory.data() + memory.size() / 2 + i,
              looplab::kernels::exp(load(memory.data() + i, part)), part);
      });
    return gbytes() / 8;
  }
  double eigen_exp() {
    using Map = Eigen::Map<Eigen::ArrayXf, Eigen::Aligned64>;
    Map from(memory.data(), memory.size() / 2);
    Map to(memory.data() + memory.size() / 2, memory.size() / 2);
    for (Index pass = 0; pass < passes; ++pass) to = from.exp();
    return gbytes() / 8;
  }
};

/// Probes by name: each works for some milliseconds and returns the giga-units (flop, bytes,
/// exponentials) it processed.
using Probes = std::vector<std::pair<std::string, std::function<double()>>>;

inline Probes probes() {
  constexpr Index kKiB = 1024, kMiB = 1024 * kKiB;
  const auto walk = [](Index bytes, Index in_all, auto how) {
    return [place = Walk(bytes, in_all), how]() mutable { return (place.*how)(); };
  };
  Probes list{{"fp32_gflops", multiply_add_work}, {"bf16_gflops", bf16_work}};
  list.emplace_back("exp_gelements", walk(16 * kKiB, 64 * kMiB, &Walk::exp));
  list.emplace_back("eigen_exp_gelements", walk(16 * kKiB, 64 * kMiB, &Walk::eigen_exp));
  list.emplace_back("l2_read_gbytes", walk(256 * kKiB, 256 * kMiB, &Walk::read));
  list.emplace_back("l2_write_gbytes", walk(256 * kKiB, 256 * kMiB, &Walk::write));
  for (const auto& [name, bytes] :
       {std::pair{"l2", 256 * kKiB}, {"l3", 8 * kMiB}, {"dram", 128 * kMiB}}) {
    list.emplace_back(name + std::string("_copy_gbytes"), walk(bytes, 256 * kMiB, &Walk::copy));
    list.emplace_back(name + std::string("_update_gbytes"), walk(bytes, 128 * kMiB, &Walk::update));
  }
  return list;
}

}  // namespace peak_detail

/// Size of the cache of `level` that serves core 0, or 0 if the system does not report it. (The C
/// library multiplies a shared cache by the number of its users.)
[[nodiscard]] inline long cache_bytes(int level) {
  for (int index = 0;; ++index) {
    const std::string folder =
        looplab::concat("/sys/devices/system/cpu/cpu0/cache/index", index, "/");
    const auto word = [&](const char* name) {
      std::string text;
      std::ifstream(folder + name) >> text;
      return text;
    };
    const std::string size = word("size");
    if (size.empty()) return 0;
    if (word("level") == std::to_string(level) && word("type") != "Instruction")
      return std::stol(size) * (size.back() == 'M' ? 1 << 20 : 1 << 10);
  }
}

/// Rates in giga-units per second, by the names of the file comment.
class MachinePeaks {
 public:
  /// Measures all of them `rounds` times in turn on `threads` threads at once.
  MachinePeaks(int threads, int rounds) : threads_(threads) {
    std::vector<peak_detail::Probes> of_thread;
    for (int t = 0; t < threads; ++t) of_thread.push_back(peak_detail::probes());
    std::map<std::string, std::vector<double>> rates;
    for (int round = -1; round < rounds; ++round)  // the first warms up
      for (std::size_t probe = 0; probe < of_thread[0].size(); ++probe) {
        const double rate = rate_at_once(of_thread, probe);
        if (round < 0) continue;
        rates[of_thread[0][probe].first].push_back(rate);
      }
    for (auto& [name, values] : rates) rates_[name] = spread_of(std::move(values));
    Spread& exp = rates_.at("exp_gelements");
    const auto eigen = rates_.extract("eigen_exp_gelements");
    if (eigen.mapped().median > exp.median) exp = eigen.mapped();
  }

  [[nodiscard]] int threads() const { return threads_; }
  [[nodiscard]] const std::map<std::string, Spread>& rates() const { return rates_; }
  /// The median. \throws std::out_of_range for an unknown name
  [[nodiscard]] double operator[](const std::string& name) const { return rates_.at(name).median; }
  /// Rate of copies, or of updates in place, in the smallest cache that holds `working_set` bytes,
  /// or in memory.
  [[nodiscard]] double gbytes(double working_set, bool in_place) const {
    const char* level = working_set <= static_cast<double>(l2_)   ? "l2"
                        : working_set <= static_cast<double>(l3_) ? "l3"
                                                                  : "dram";
    return (*this)[std::string(level) + (in_place ? "_update_gbytes" : "_copy_gbytes")];
  }

 private:
  static double rate_at_once(std::vector<peak_detail::Probes>& of_thread, std::size_t probe) {
    std::barrier start(std::ssize(of_thread));
    std::vector<double> rate(of_thread.size());
    {
      std::vector<std::jthread> threads;
      for (std::size_t t = 0; t < of_thread.size(); ++t)
        threads.emplace_back([&, t] {
          start.arrive_and_wait();
          const double begin = thread_seconds();
          const double done = of_thread[t][probe].second();
          rate[t] = done / (thread_seconds() - begin);
        });
    }
    double sum = 0;
    for (double r : rate) sum += r;
    return sum;
  }

  int threads_;
  long l2_ = cache_bytes(2), l3_ = cache_bytes(3);
  std::map<std::string, Spread> rates_;
};

}  // namespace looplab_bench
