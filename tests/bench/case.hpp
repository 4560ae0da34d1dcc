// SPDX-License-Identifier: MIT
//
// A kernel at one shape: checked against the slow reference, then timed by Google Benchmark.
//
// A case that disagrees with its reference is not timed: it is skipped with an error, and the
// program fails. Counters: rate in GFLOP/s or 10^9 elements/s (per second of processor time), time
// per head where there are heads, and `peak`, the best possible time over the measured time:
//
//   best time = max(flop / peak of their type + exponentials / peak of exp,
//                   bytes / rate of copies, or of in-place updates, in the cache that holds the
//                   working set)
#pragma once

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <memory>
#include <string>
#include <utility>

#include "bench/machine_peaks.hpp"
#include "bench/shapes.hpp"
#include "looplab/core/tensor.hpp"
#include "looplab/kernels/compute_type.hpp"
#include "support/random_tensor.hpp"
#include "support/reference_kernels.hpp"
#include "support/rounding.hpp"

namespace looplab_bench {

using namespace looplab;
using looplab_test::random_tensor;
using looplab_test::random_tokens;
using looplab_test::to_doubles;
using looplab_test::reference::Doubles;

/// Work of one call.
struct Work {
  double flop = 0, exponentials = 0, elements = 0, heads = 0;
  double bytes = 0;        // read and written
  double working_set = 0;  // bytes in use
  bool in_place = false;   // results overwrite what was read
  kernels::ComputeType type = kernels::ComputeType::float32;

  [[nodiscard]] double seconds_at_best(const MachinePeaks& peaks) const {
    const bool single = type == kernels::ComputeType::float32;
    const double compute = flop / peaks[single ? "fp32_gflops" : "bf16_gflops"] +
                           exponentials / peaks["exp_gelements"];
    return 1e-9 * std::max(compute, bytes / peaks.gbytes(working_set, in_place));
  }
};

/// A kernel with its inputs and outputs.
class Case {
 public:
  Case() = default;
  virtual ~Case() = default;
  Case(const Case&) = delete;
  Case& operator=(const Case&) = delete;

  /// One call. Results are the same each time, except for gradients that accumulate.
  virtual void run() = 0;
  /// Error of the first run's results in units of the tolerance: above 1 is wrong.
  virtual double error() = 0;

  Work work;
};

/// The largest |actual - expected| in units of tolerance * max(size, |expected|), infinite if one
/// is NaN; `size` is the size of the sums.
[[nodiscard]] double error_of(const auto& actual, const auto& expected, double tolerance,
                              double size = 1) {
  if (std::ssize(actual) != std::ssize(expected)) return std::numeric_limits<double>::infinity();
  double worst = 0;
  auto e = expected.begin();
  for (const auto& a : actual) {
    const auto wanted = static_cast<double>(*e++);
    const double error =
        std::abs(static_cast<double>(a) - wanted) / (tolerance * std::max(size, std::abs(wanted)));
    worst = error <= worst ? worst : std::isnan(error) ? HUGE_VAL : error;
  }
  return worst;
}

/// The cases of the program; each is constructed only when it runs.
class Cases {
 public:
  Cases(std::filesystem::path shapes, const MachinePeaks& peaks)
      : shapes_(std::move(shapes)), peaks_(peaks) {}

  /// Registers a C(shape, args...) as "name/shape" for every shape of the file.
  template <class C, class... Args>
  void add(const std::string& name, const char* file, const char* columns, Args... args) {
    for (const ShapeRow& shape : read_shapes(shapes_ / file, columns)) {
      const std::string full_name = name + "/" + shape_text(shape);
      benchmark::RegisterBenchmark(full_name.c_str(), [=, this](benchmark::State& state) {
        if (full_name != current_name_) {
          current_.reset();
          current_ = std::make_unique<C>(shape, args...);
          current_name_ = full_name;
          current_->run();
          error_ = current_->error();
        }
        measure(state);
      });
    }
  }

  [[nodiscard]] int num_wrong() const { return num_wrong_; }

 private:
  void measure(benchmark::State& state) {
    if (!(error_ <= 1)) {
      ++num_wrong_;
      const std::string text = concat("wrong result: ", error_, " times the error allowed");
      state.SkipWithError(text.c_str());
      return;
    }
    const double begin = thread_seconds();
    for (auto _ : state) {
      current_->run();
      benchmark::ClobberMemory();
    }
    const double seconds =
        (thread_seconds() - begin) / static_cast<double>(std::max<Index>(1, state.iterations()));
    const Work& work = current_->work;
    if (work.flop > 0)
      state.counters["GFLOP/s"] = 1e-9 * work.flop / seconds;
    else
      state.counters["Gelements/s"] = 1e-9 * work.elements / seconds;
    if (work.heads > 0) state.counters["us/head"] = 1e6 * seconds / work.heads;
    state.counters["peak"] = work.seconds_at_best(peaks_) / seconds;
  }

  std::filesystem::path shapes_;
  const MachinePeaks& peaks_;
  std::unique_ptr<Case> current_;
  std::string current_name_;
  double error_ = 0;
  int num_wrong_ = 0;
};

}  // namespace looplab_bench
