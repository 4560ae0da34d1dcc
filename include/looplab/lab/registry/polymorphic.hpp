// SPDX-License-Identifier: MIT
//
// A value of any type that implements an interface; a copy has a copy of it.
#pragma once

#include <concepts>
#include <memory>
#include <utility>

namespace looplab::lab {

/// Empty, or an object of a class derived from `Interface`. Copies share nothing; `->` and `*` give
/// a const object where this is const. \pre not empty where `->` or `*` is used
template <class Interface>
class Polymorphic {
 public:
  Polymorphic() = default;
  template <std::derived_from<Interface> T>
  explicit Polymorphic(T value)
      : held_(std::make_unique<T>(std::move(value))), copy_([](const Interface& held) -> Pointer {
          return std::make_unique<T>(static_cast<const T&>(held));
        }) {}
  Polymorphic(const Polymorphic& other)
      : held_(other ? other.copy_(*other) : nullptr), copy_(other.copy_) {}
  Polymorphic(Polymorphic&&) noexcept = default;
  Polymorphic& operator=(Polymorphic other) noexcept {
    held_ = std::move(other.held_);
    copy_ = other.copy_;
    return *this;
  }
  ~Polymorphic() = default;

  [[nodiscard]] explicit operator bool() const { return held_ != nullptr; }
  [[nodiscard]] Interface& operator*() { return *held_; }
  [[nodiscard]] const Interface& operator*() const { return *held_; }
  [[nodiscard]] Interface* operator->() { return held_.get(); }
  [[nodiscard]] const Interface* operator->() const { return held_.get(); }

 private:
  using Pointer = std::unique_ptr<Interface>;
  Pointer held_;
  Pointer (*copy_)(const Interface&) = nullptr;
};

}  // namespace looplab::lab
