// SPDX-License-Identifier: MIT
#include "looplab/train/run_environment.hpp"

#include <string>

#include "looplab/io/atomic_file.hpp"
#include "looplab/io/config_json.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

using namespace looplab;
using looplab_test::contains;

TEST_CASE("the environment names every part and fits the processor") {
  const RunEnvironment environment = current_environment();
  RunEnvironment::for_each_field(environment, [](const Field& field, const auto& value) {
    INFO(field.name);
    CHECK(to_text(value) != "");
    CHECK(to_text(value) != "0");
  });
  CHECK(environment.library_version == kVersion);
  CHECK_THAT(environment.backend, contains(LOOPLAB_WITH_ONEDNN ? "onednn " : "eigen "));
  CHECK(environment.vector_width_bits <= environment.processor_vector_width_bits);
  CHECK(environment.hardware_threads >= 1);
}

TEST_CASE("the environment becomes JSON with a key per field") {
  const auto json = to_json(current_environment());
  CHECK(json.size() == 10);
  CHECK(json["library_version"] == std::string(kVersion));
  CHECK(json["vector_width_bits"].is_number_integer());
}

TEST_CASE("the processor's name is the first model name, or unknown") {
  const looplab_test::TemporaryDirectory directory;
  const std::string path = (directory / "cpuinfo").string();
  write_file_atomically(path,
                        "processor\t: 0\nmodel name\t: Some CPU @ 2: x\nmodel name\t: other\n");
  CHECK(cpu_name(path) == "Some CPU @ 2: x");
  write_file_atomically(path, "processor\t: 0\nmodel name\n");
  CHECK(cpu_name(path) == "unknown");
  CHECK(cpu_name(path + "missing") == "unknown");
}

TEST_CASE("a processor with wider vectors than compiled for is worth a sentence") {
  RunEnvironment environment;
  environment.vector_width_bits = 128;
  environment.processor_vector_width_bits = 512;
  CHECK_THAT(vector_width_warning(environment),
             contains("vectors of 128 bits, the processor offers 512"));
  environment.vector_width_bits = 512;
  CHECK(vector_width_warning(environment).empty());
  environment.processor_vector_width_bits = 256;
  CHECK(vector_width_warning(environment).empty());
}
