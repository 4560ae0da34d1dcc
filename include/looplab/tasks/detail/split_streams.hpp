// SPDX-License-Identifier: MIT
//
// The random numbers of a task: those of a split's windows, those of the data that all splits
// share, and the assignment of examples to splits by their hash.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "looplab/core/config.hpp"
#include "looplab/tasks/task.hpp"

namespace looplab {

/// The stream "<task>/<split>" (such as "k_hop_induction/train") with number `index`. Allocates no
/// memory. `task` has at most 53 characters.
[[nodiscard]] inline RandomStream split_stream(Seed seed, std::string_view task, Split split,
                                               Index index = 0) {
  const std::string_view split_name = enum_names(split)[static_cast<std::size_t>(split)];
  std::array<char, 64> name;
  LOOPLAB_ASSERT(task.size() + 1 + split_name.size() <= name.size());
  char* end = std::ranges::copy(task, name.data()).out;
  *end++ = '/';
  end = std::ranges::copy(split_name, end).out;
  return {seed, std::string_view(name.data(), end), static_cast<std::uint64_t>(index)};
}

/// A stream of a task's data (its facts, graph or names), which are equal for all seeds of a run:
/// that of (config.data_seed, name, index).
template <class Config>
[[nodiscard]] RandomStream data_stream(const Config& config, std::string_view name,
                                       Index index = 0) {
  return {Seed{static_cast<std::uint64_t>(config.data_seed)}, name,
          static_cast<std::uint64_t>(index)};
}

/// The split of an example with this FNV-1a hash: validation and test get 1/16 of all each.
[[nodiscard]] constexpr Split split_of_hash(std::uint64_t hash) {
  // FNV-1a of few small numbers leaves many bits nearly constant; Philox mixes them.
  const std::uint32_t mixed = philox4x32(
      {static_cast<std::uint32_t>(hash), static_cast<std::uint32_t>(hash >> 32), 0, 0}, {})[0];
  const std::uint32_t sixteenth = mixed >> 28;
  return sixteenth == 0 ? Split::validation : sixteenth == 1 ? Split::test : Split::train;
}

}  // namespace looplab
