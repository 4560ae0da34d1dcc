// SPDX-License-Identifier: MIT
//
// Names as users give them, looked up among those that are known; an unknown one gives a sentence with
// the nearest.
#pragma once

#include <algorithm>
#include <functional>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "looplab/core/error.hpp"
#include "looplab/core/text_list.hpp"

namespace looplab::lab {

/// Smallest number of letters to insert, delete or replace to turn `a` into `b` (Levenshtein).
[[nodiscard]] inline std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

/// The name closest to `given`, compared as a whole and without its section ("task.modulus"); "" if
/// there are none.
[[nodiscard]] inline std::string nearest(std::string_view given, std::span<const std::string> all) {
  const auto distance = [&](std::string_view name) {
    return std::min(edit_distance(given, name),
                    edit_distance(given, name.substr(name.rfind('.') + 1)));
  };
  const auto best = std::ranges::min_element(all, {}, distance);
  return best == all.end() ? "" : *best;
}

/// "unknown <what> <given>; did you mean <nearest>?", with all names if there are few.
[[nodiscard]] inline std::string unknown_name(std::string_view what, std::string_view given,
                                              std::span<const std::string> all) {
  std::string text = concat("unknown ", what, " ", given);
  if (all.empty()) return text + "; there is none";
  if (all.size() == 1) return text + ", expected " + all[0];
  text += "; did you mean " + nearest(given, all) + "?";
  return all.size() > 12 ? text : text + " (one of " + joined(all) + ")";
}

/// \throws ConfigError "where: unknown what given; did you mean ..." unless `given` is in `all`.
inline void require_known(std::string_view where, std::string_view what, const std::string& given,
                          std::span<const std::string> all) {
  if (std::ranges::find(all, given) == all.end())
    throw ConfigError(concat(where, ": ", unknown_name(what, given, all)));
}

/// The element of `all` whose name, as `name_of` gives it, is `given`. `others` are names that are
/// valid elsewhere. \throws ConfigError as require_known
template <class Range, class NameOf>
[[nodiscard]] auto& find_named(std::string_view where, std::string_view what,
                               const std::string& given, Range& all, NameOf name_of,
                               std::vector<std::string> others = {}) {
  for (auto& element : all) {
    others.emplace_back(std::invoke(name_of, element));
    if (others.back() == given) return element;
  }
  throw ConfigError(concat(where, ": ", unknown_name(what, given, others)));
}

}  // namespace looplab::lab
