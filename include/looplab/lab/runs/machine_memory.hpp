// SPDX-License-Identifier: MIT
//
// Memory of this machine and of this process, from Linux's /proc and /sys.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <limits>
#include <sstream>
#include <string>
#include <string_view>

#include "looplab/core/error.hpp"

namespace looplab::lab {

inline constexpr double kGibibyte = 1024.0 * 1024 * 1024;

/// "1.25 GiB".
[[nodiscard]] inline std::string gibibytes(double bytes) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(2) << bytes / kGibibyte << " GiB";
  return text.str();
}

/// The bytes in a line "key: 123 kB" of a file such as /proc/meminfo; infinite if there is none.
[[nodiscard]] inline double bytes_in_proc(const std::filesystem::path& file, std::string_view key) {
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(concat(key, ':')))
      return 1024 * std::strtod(line.c_str() + key.size() + 1, nullptr);
  return std::numeric_limits<double>::infinity();
}

/// The number that a file such as memory.max holds; infinite if it is missing or holds no number.
[[nodiscard]] inline double bytes_in_file(const std::filesystem::path& file) {
  double bytes = 0;
  return std::ifstream(file) >> bytes ? bytes : std::numeric_limits<double>::infinity();
}

/// Bytes this process can still allocate: the minimum of the system's free memory and the limit of
/// its control group (of either version).
[[nodiscard]] inline double available_memory(const std::filesystem::path& root = "/") {
  double available = bytes_in_proc(root / "proc/meminfo", "MemAvailable");
  constexpr std::array<std::array<const char*, 2>, 2> kGroups{
      {{"sys/fs/cgroup/memory.max", "sys/fs/cgroup/memory.current"},
       {"sys/fs/cgroup/memory/memory.limit_in_bytes",
        "sys/fs/cgroup/memory/memory.usage_in_bytes"}}};
  for (const auto& [limit, usage] : kGroups) {
    const double allowed = bytes_in_file(root / limit), used = bytes_in_file(root / usage);
    if (std::isfinite(allowed) && std::isfinite(used))
      available = std::min(available, std::max(0.0, allowed - used));
  }
  return available;
}

/// Bytes this process holds now.
[[nodiscard]] inline double resident_memory() {
  return bytes_in_proc("/proc/self/status", "VmRSS");
}

}  // namespace looplab::lab
