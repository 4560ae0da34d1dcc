// SPDX-License-Identifier: MIT
#include "looplab/core/processor.hpp"

#include <set>
#include <string>

#include "support/catch.hpp"

using namespace looplab;
using looplab_test::contains;

namespace {

/// What `write` writes.
template <class Write>
std::string written(Write write) {
  std::FILE* file = std::tmpfile();
  REQUIRE(file != nullptr);
  write(file);
  std::rewind(file);
  std::string text;
  for (int c; (c = std::fgetc(file)) != EOF;) text += static_cast<char>(c);
  std::fclose(file);
  return text;
}

std::string name_of(InstructionSets bit) {
  return written([&](std::FILE* to) { print_instruction_sets(to, bit); });
}

}  // namespace

TEST_CASE("the processor the tests run on has what they are compiled for") {
  CHECK((compiled_instruction_sets() & ~processor_instruction_sets()) == 0);
  const std::string text = written([](std::FILE* to) {
    CHECK(check_instruction_sets(compiled_instruction_sets(), processor_instruction_sets(), to));
  });
  CHECK(text == "");
  require_compiled_instruction_sets();  // returns
}

#if defined(__x86_64__)

TEST_CASE("a compiled instruction set is known by its macro") {
  const std::string compiled = name_of(compiled_instruction_sets()) + " ";
#if defined(__AVX2__)
  CHECK_THAT(compiled, contains(" avx2 "));
#else
  CHECK_THAT(compiled, !contains(" avx2 "));
#endif
#if defined(__AVX512F__)
  CHECK_THAT(compiled, contains(" avx512f "));
#else
  CHECK_THAT(compiled, !contains(" avx512f "));
#endif
}

TEST_CASE("an older processor gets one sentence that names what it lacks and the way out") {
  const InstructionSets compiled = 0b1011, offered = 0b0101;
  const std::string text =
      written([&](std::FILE* to) { CHECK_FALSE(check_instruction_sets(compiled, offered, to)); });
  CHECK(text == "looplab: this program was compiled for" + name_of(1) + name_of(2) + name_of(8) +
                    ", this processor lacks" + name_of(2) + name_of(8) +
                    ": build it on this machine, or for any with -DLOOPLAB_NATIVE=OFF.\n");
}

TEST_CASE("every instruction set has a bit and a name of its own") {
  std::set<std::string> names;
  for (InstructionSets bit = 1; name_of(bit) != ""; bit <<= 1)
    CHECK(names.insert(name_of(bit)).second);
  CHECK(names.contains(" avx512bf16"));
}

#endif
