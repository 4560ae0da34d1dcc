// SPDX-License-Identifier: MIT
//
// Measures this machine's best rates (machine_peaks.hpp), on one thread and on all.
//
//   bench_machine [--smoke]      one line of JSON; step_limit.py reads it. --smoke: 1 round, not 15
#include <cstdlib>
#include <iostream>
#include <set>

#include "bench/machine_peaks.hpp"
#include "looplab/io/config_json.hpp"
#include "looplab/train/run_environment.hpp"

namespace {

using Json = nlohmann::ordered_json;

Json to_json(const looplab_bench::MachinePeaks& peaks) {
  Json json{{"threads", peaks.threads()}};
  for (const auto& [name, rate] : peaks.rates())
    json[name] = {{"median", rate.median}, {"smallest", rate.smallest}, {"largest", rate.largest}};
  return json;
}

}  // namespace

int main(int argc, char** argv) {
  const bool smoke = argc == 2 && std::string_view(argv[1]) == "--smoke";
  if (argc > 1 && !smoke) {
    std::cerr << "usage: bench_machine [--smoke]\n";
    return 2;
  }
  const int rounds = smoke ? 1 : 15;
  Json json{{"benchmark", "machine"},
            {"environment", looplab::to_json(looplab::current_environment())},
            {"l2_bytes", looplab_bench::cache_bytes(2)},
            {"l3_bytes", looplab_bench::cache_bytes(3)},
            {"rounds", rounds}};
  double load[1] = {0};
  if (getloadavg(load, 1) == 1) json["load_average"] = load[0];
  for (int threads : std::set<int>{1, looplab::hardware_threads()})
    json["peaks"].push_back(to_json(looplab_bench::MachinePeaks(threads, rounds)));
  std::cout << json << '\n';
}
