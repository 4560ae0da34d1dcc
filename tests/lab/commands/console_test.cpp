// SPDX-License-Identifier: MIT
#include "looplab/lab/commands/console.hpp"

#include <sstream>

#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::lab;
using looplab_test::contains;

TEST_CASE("every kind of error has its exit code", "[program]") {
  CHECK(exit_code_of(ConfigError("")) == 2);
  CHECK(exit_code_of(ShapeError("")) == 3);
  CHECK(exit_code_of(NumericsError("")) == 4);
  CHECK(exit_code_of(FileError("")) == 5);
  CHECK(exit_code_of(BackendError("")) == 6);
  CHECK(exit_code_of(std::runtime_error("")) == 1);
}

TEST_CASE("every run says what it runs on and what a model costs", "[console]") {
  std::ostringstream out;
  print_environment(out);
  CHECK_THAT(out.str(), contains("vectors of") && contains(std::string(kVersion)));
  const bool warns =
      current_environment().processor_vector_width_bits > current_environment().vector_width_bits;
  CHECK((out.str().find("Warning") != std::string::npos) == warns);
  CHECK(cost_text({{100, 80, 320, 1920}, 1.5e9}) ==
        "100 unique parameters (80 without embeddings), 320 effective, 1920 FLOP per token, "
        "1.5e+09 FLOP of training");
}
