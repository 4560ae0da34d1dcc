// SPDX-License-Identifier: MIT
//
// Error types and `require`, the check of a precondition.
//
// Message form: *where: what was given, what was expected*. Every type derives from `Error`, so a
// program can map each kind to an exit code (see `lab/commands/program.hpp`).
#pragma once

#include <exception>
#include <new>
#include <sstream>
#include <stdexcept>
#include <string>

namespace looplab {

/// Base of every exception the library throws on purpose.
struct Error : std::runtime_error {
  using std::runtime_error::runtime_error;
};
/// A caller passed tensors or sequences whose sizes do not match.
struct ShapeError : Error {
  using Error::Error;
};
/// A configuration cannot be used; the message lists all problems found.
struct ConfigError : Error {
  using Error::Error;
};
/// A loss or gradient is not finite.
struct NumericsError : Error {
  using Error::Error;
};
/// The compute library refused an operation.
struct BackendError : Error {
  using Error::Error;
};
/// A file is missing, unreadable, unwritable, truncated or of another format; the message names it.
struct FileError : Error {
  using Error::Error;
};

/// Joins the parts as a stream would print them.
template <class... Parts>
[[nodiscard]] std::string concat(const Parts&... parts) {
  std::ostringstream text;
  (text << ... << parts);
  return text.str();
}

/// The message of an exception, also of one that has none of its own.
[[nodiscard]] inline std::string error_text(const std::exception& error) {
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) return "there is not enough memory";
  return error.what();
}

/// Throws `E` with the joined parts unless `condition` holds. The message is made only on failure.
template <class E, class... Parts>
void require(bool condition, const Parts&... parts) {
  if (!condition) [[unlikely]]
    throw E(concat(parts...));
}

}  // namespace looplab

/// Internal invariants: checked in Debug and sanitizer builds, free in release builds.
#ifdef NDEBUG
#define LOOPLAB_ASSERT(condition) static_cast<void>(0)
#else
#include <cassert>
#define LOOPLAB_ASSERT(condition) assert(condition)
#endif
