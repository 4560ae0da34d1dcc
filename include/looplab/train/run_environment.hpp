// SPDX-License-Identifier: MIT
//
// Everything besides configuration and seed that determines the bits and the speed of a run:
// library, commit, compiler, product library, processor. Every log begins with it; results are
// reused only if it is equal (contract 5, CONTRIBUTING.md).
#pragma once

#include <fstream>
#include <string>
#include <string_view>

#include "looplab/core/config.hpp"
#include "looplab/core/parallel.hpp"
#include "looplab/kernels/matmul.hpp"
#include "looplab/version.hpp"

namespace looplab {

/// A described configuration, so that `to_json` (io/config_json.hpp) writes it.
struct RunEnvironment {
  std::string library_version;
  std::string commit;      // of the sources, see source_commit
  std::string compiler;    // "gcc 12.2.0"
  std::string build_type;  // "release" or "debug" (assertions on)
  std::string backend;     // of float32 products: "onednn 2.6.3" or "eigen 3.4.0"
  std::string
      product_rules;  // rules that select the implementation of products: number and checksum
  std::string cpu;
  Index vector_width_bits = 0;            // of this program
  Index processor_vector_width_bits = 0;  // of this processor
  Index hardware_threads = 0;

  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    visit(Field{"library_version", "version of looplab"}, self.library_version);
    visit(Field{"commit", "commit of the sources"}, self.commit);
    visit(Field{"compiler", "name and version of the compiler"}, self.compiler);
    visit(Field{"build_type", "type of the build: release or debug"}, self.build_type);
    visit(Field{"backend", "library that computes float32 products"}, self.backend);
    visit(Field{"product_rules", "rules that select the implementation of products"},
          self.product_rules);
    visit(Field{"cpu", "name of the processor"}, self.cpu);
    visit(Field{"vector_width_bits", "vector width that this program uses"},
          self.vector_width_bits);
    visit(Field{"processor_vector_width_bits", "vector width of the processor"},
          self.processor_vector_width_bits);
    visit(Field{"hardware_threads", "number of threads this process may use"},
          self.hardware_threads);
  }
};

/// The text of the first line `model name : text` of a file such as /proc/cpuinfo, else "unknown".
[[nodiscard]] inline std::string cpu_name(const std::string& cpuinfo = "/proc/cpuinfo") {
  std::ifstream file(cpuinfo);
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

/// Width of the vector registers that this program was compiled for.
[[nodiscard]] constexpr Index compiled_vector_width_bits() {
#if defined(__AVX512F__)
  return 512;
#elif defined(__AVX__)
  return 256;
#else
  return 128;
#endif
}

/// Width of the vector registers of this processor and operating system.
[[nodiscard]] inline Index processor_vector_width_bits() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return 512;
  if (__builtin_cpu_supports("avx")) return 256;
#endif
  return 128;
}

/// "gcc 12.2.0" or "clang 14.0.6 ...".
[[nodiscard]] inline std::string compiler_name() {
#if defined(__clang__)
  return "clang " __clang_version__;
#else
  return "gcc " __VERSION__;
#endif
}

/// Commit of the sources, "unknown" until a program sets it, before its first run.
[[nodiscard]] inline std::string& source_commit() {
  static std::string commit = "unknown";
  return commit;
}

/// The environment of this process.
[[nodiscard]] inline RunEnvironment current_environment() {
  RunEnvironment environment;
  environment.library_version = kVersion;
  environment.commit = source_commit();
  environment.compiler = compiler_name();
#ifdef NDEBUG
  environment.build_type = "release";
#else
  environment.build_type = "debug";
#endif
  environment.backend = kernels::backend_name();
  environment.product_rules = kernels::product_rules_version();
  environment.cpu = cpu_name();
  environment.vector_width_bits = compiled_vector_width_bits();
  environment.processor_vector_width_bits = processor_vector_width_bits();
  environment.hardware_threads = hardware_threads();
  return environment;
}

/// A sentence if the processor offers wider vectors than this program uses, else "".
[[nodiscard]] inline std::string vector_width_warning(const RunEnvironment& environment) {
  if (environment.processor_vector_width_bits <= environment.vector_width_bits) return "";
  return concat("This program uses vectors of ", environment.vector_width_bits,
                " bits, the processor offers ", environment.processor_vector_width_bits,
                ": build for this processor (-march=native, CMake target looplab::native).");
}

}  // namespace looplab
