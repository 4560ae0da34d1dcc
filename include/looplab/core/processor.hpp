// SPDX-License-Identifier: MIT
//
// Checks that this processor has the instructions that this program was compiled for.
//
// The system ends a program built with -march=native and started on an older processor with SIGILL
// and no message. `require_compiled_instruction_sets`, called first, prints a message instead. The
// code that runs up to then is compiled for any x86-64 processor and calls the C library only.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace looplab {

/// The instruction sets that kernels use or that compilers use on their own, by the name that GCC
/// and clang give them and their predefined macro. The list is empty on processors other than
/// x86-64.
#if defined(__x86_64__)
#define LOOPLAB_FOR_EACH_INSTRUCTION_SET(VISIT) \
  VISIT("ssse3", __SSSE3__)                     \
  VISIT("sse4.1", __SSE4_1__)                   \
  VISIT("sse4.2", __SSE4_2__)                   \
  VISIT("popcnt", __POPCNT__)                   \
  VISIT("avx", __AVX__)                         \
  VISIT("fma", __FMA__)                         \
  VISIT("bmi", __BMI__)                         \
  VISIT("bmi2", __BMI2__)                       \
  VISIT("avx2", __AVX2__)                       \
  VISIT("avx512f", __AVX512F__)                 \
  VISIT("avx512dq", __AVX512DQ__)               \
  VISIT("avx512bw", __AVX512BW__)               \
  VISIT("avx512vl", __AVX512VL__)               \
  VISIT("avx512vbmi", __AVX512VBMI__)           \
  VISIT("avx512vbmi2", __AVX512VBMI2__)         \
  VISIT("avx512bf16", __AVX512BF16__)
#define LOOPLAB_ANY_PROCESSOR [[gnu::target("arch=x86-64")]]
#else
#define LOOPLAB_FOR_EACH_INSTRUCTION_SET(VISIT)
#define LOOPLAB_ANY_PROCESSOR
#endif

/// A set of instruction sets: bit i stands for entry i of the list.
using InstructionSets = unsigned;

/// The instruction sets this file was compiled for.
[[nodiscard]] constexpr InstructionSets compiled_instruction_sets() {
  InstructionSets sets = 0;
  [[maybe_unused]] InstructionSets bit = 1;
#define LOOPLAB_TEXT_OF(macro) #macro  // "1" if it is defined, else its name
#define LOOPLAB_ADD_COMPILED(name, macro)            \
  if (LOOPLAB_TEXT_OF(macro)[0] == '1') sets |= bit; \
  bit <<= 1;
  LOOPLAB_FOR_EACH_INSTRUCTION_SET(LOOPLAB_ADD_COMPILED)
#undef LOOPLAB_ADD_COMPILED
#undef LOOPLAB_TEXT_OF
  return sets;
}

/// The instruction sets that this processor and its operating system offer.
[[nodiscard]] LOOPLAB_ANY_PROCESSOR inline InstructionSets processor_instruction_sets() {
  InstructionSets sets = 0;
#if defined(__x86_64__)
  InstructionSets bit = 1;
  __builtin_cpu_init();  // needed before main
#define LOOPLAB_ADD_OFFERED(name, macro)         \
  if (__builtin_cpu_supports(name)) sets |= bit; \
  bit <<= 1;
  LOOPLAB_FOR_EACH_INSTRUCTION_SET(LOOPLAB_ADD_OFFERED)
#undef LOOPLAB_ADD_OFFERED
#endif
  return sets;
}

/// Writes the names of `sets`, each preceded by a space.
LOOPLAB_ANY_PROCESSOR inline void print_instruction_sets(std::FILE* to, InstructionSets sets) {
  [[maybe_unused]] InstructionSets bit = 1;
#define LOOPLAB_PRINT(name, macro)                 \
  if ((sets & bit) != 0) std::fputs(" " name, to); \
  bit <<= 1;
  LOOPLAB_FOR_EACH_INSTRUCTION_SET(LOOPLAB_PRINT)
#undef LOOPLAB_PRINT
}

/// Returns true if `offered` includes all of `compiled`; otherwise prints a sentence to `to`.
[[nodiscard]] LOOPLAB_ANY_PROCESSOR inline bool check_instruction_sets(InstructionSets compiled,
                                                                       InstructionSets offered,
                                                                       std::FILE* to) {
  const InstructionSets missing = compiled & ~offered;
  if (missing == 0) return true;
  std::fputs("looplab: this program was compiled for", to);
  print_instruction_sets(to, compiled);
  std::fputs(", this processor lacks", to);
  print_instruction_sets(to, missing);
  std::fputs(": build it on this machine, or for any with -DLOOPLAB_NATIVE=OFF.\n", to);
  return false;
}

/// Ends the process with a sentence and exit code 6 if the processor lacks instructions that the
/// calling file was compiled for. Initializers of globals run before main and may contain such
/// instructions, so call it before they run:
///
///   [[gnu::constructor(101)]] static void check() {
///     looplab::require_compiled_instruction_sets();
///   }
LOOPLAB_ANY_PROCESSOR inline void require_compiled_instruction_sets() {
  constexpr InstructionSets kCompiled = compiled_instruction_sets();
  if (!check_instruction_sets(kCompiled, processor_instruction_sets(), stderr)) std::_Exit(6);
}

}  // namespace looplab
