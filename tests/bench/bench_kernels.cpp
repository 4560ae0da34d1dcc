// SPDX-License-Identifier: MIT
//
// Every kernel at the shapes of shapes/*.txt: checked against the reference, then timed.
//
//   bench_kernels [--smoke] [--shapes FOLDER] [--benchmark_filter=attention/forward ...]
//
// Rates are per second of processor time; `peak` is the fraction of this machine's best rate
// (case.hpp), measured when the program starts. Pin the program to one idle core. --smoke: a
// thousandth of a second for each. Exit status 1 if a result is wrong, 2 if a shape cannot be read.
#include <benchmark/benchmark.h>

#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "bench/attention_cases.hpp"
#include "bench/case.hpp"
#include "bench/product_cases.hpp"
#include "bench/row_cases.hpp"
#include "looplab/train/run_environment.hpp"

#ifndef LOOPLAB_BENCH_SHAPES
#define LOOPLAB_BENCH_SHAPES "shapes"
#endif

namespace {

/// The command line without our own options, for Google Benchmark.
struct Arguments {
  std::filesystem::path shapes = LOOPLAB_BENCH_SHAPES;
  bool smoke = false;
  std::vector<char*> rest;

  Arguments(int argc, char** argv) {
    static char shortest[] = "--benchmark_min_time=0.001";
    for (int i = 0; i < argc; ++i) {
      const std::string_view argument = argv[i];
      if (argument == "--smoke")
        smoke = true;
      else if (argument == "--shapes" && i + 1 < argc)
        shapes = argv[++i];
      else
        rest.push_back(argv[i]);
    }
    if (smoke) rest.push_back(shortest);
  }
};

}  // namespace

int main(int argc, char** argv) {
  using namespace looplab_bench;
  Arguments arguments(argc, argv);
  int count = static_cast<int>(arguments.rest.size());
  benchmark::Initialize(&count, arguments.rest.data());
  if (benchmark::ReportUnrecognizedArguments(count, arguments.rest.data())) return 2;

  const MachinePeaks peaks(1, arguments.smoke ? 1 : 9);
  for (const auto& [name, rate] : peaks.rates())
    benchmark::AddCustomContext(
        name, concat(rate.median, " (", rate.smallest, " to ", rate.largest, ")"));
  const RunEnvironment environment = current_environment();
  benchmark::AddCustomContext("backend", environment.backend);
  benchmark::AddCustomContext("compiler", environment.compiler);
  benchmark::AddCustomContext("processor", environment.cpu);

  Cases cases(arguments.shapes, peaks);
  try {
    add_products(cases);
    add_attention(cases);
    add_row_kernels(cases);
  } catch (const Error& error) {
    std::cerr << "bench_kernels: " << error.what() << '\n';
    return 2;
  }
  benchmark::RunSpecifiedBenchmarks();
  return cases.num_wrong() == 0 ? 0 : 1;
}
