// SPDX-License-Identifier: MIT
//
// The problems of an input, so that one message names all of them.
//
//   claim.ini:3: key num_lops is unknown; model: d_model is 0, expected 1 ... 8192
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "looplab/core/error.hpp"

namespace looplab {

/// Collects problems, each once, in the order in which they are found.
class Problems {
 public:
  /// Records a problem.
  void add(std::string problem) {
    if (std::ranges::find(problems_, problem) == problems_.end())
      problems_.push_back(std::move(problem));
  }
  /// Records the joined parts as a problem unless `condition` holds.
  template <class... Parts>
  void check(bool condition, const Parts&... parts) {
    if (!condition) add(concat(parts...));
  }
  /// Records what `find(problems)` finds as one problem: "where: problem; problem".
  template <class Find>
  void add_within(std::string_view where, Find&& find) {
    Problems part;
    find(part);
    check(part.empty(), where, ": ", part.text());
  }
  /// Runs `action` and records the message of a ConfigError that it throws.
  template <class Action>
  void collect(Action&& action) {
    try {
      action();
    } catch (const ConfigError& error) {
      add(error.what());
    }
  }

  [[nodiscard]] bool empty() const { return problems_.empty(); }
  /// "problem; problem".
  [[nodiscard]] std::string text() const {
    std::string text;
    for (const std::string& problem : problems_)
      text.append(text.empty() ? "" : "; ").append(problem);
    return text;
  }
  /// \throws ConfigError with all of them, if there are any.
  void throw_if_any() const { require<ConfigError>(empty(), text()); }
  /// \throws ConfigError "where: problem; problem", if there are any.
  void throw_if_any(std::string_view where) const {
    require<ConfigError>(empty(), where, ": ", text());
  }

 private:
  std::vector<std::string> problems_;
};

}  // namespace looplab
