// SPDX-License-Identifier: MIT
#include "looplab/lab/runs/machine_memory.hpp"

#include "support/catch.hpp"
#include "support/claim_files.hpp"
#include "support/temporary_directory.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

TEST_CASE("the memory there is comes from the system and its control group", "[machine_memory]") {
  const TemporaryDirectory root;
  CHECK(available_memory(root.path()) == std::numeric_limits<double>::infinity());
  write_text(root / "proc/meminfo", "MemTotal:  200 kB\nMemAvailable:   100 kB\n");
  CHECK(available_memory(root.path()) == 100 * 1024);
  write_text(root / "sys/fs/cgroup/memory.max", "max\n");
  write_text(root / "sys/fs/cgroup/memory.current", "10\n");
  CHECK(available_memory(root.path()) == 100 * 1024);
  write_text(root / "sys/fs/cgroup/memory.max", "60\n");
  CHECK(available_memory(root.path()) == 50);
  write_text(root / "sys/fs/cgroup/memory/memory.limit_in_bytes", "30\n");
  write_text(root / "sys/fs/cgroup/memory/memory.usage_in_bytes", "40\n");
  CHECK(available_memory(root.path()) == 0);
  CHECK(available_memory() > 0);
  CHECK(resident_memory() > 1e5);
  CHECK(gibibytes(1.5 * kGibibyte) == "1.50 GiB");
}
