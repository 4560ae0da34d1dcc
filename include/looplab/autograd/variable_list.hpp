// SPDX-License-Identifier: MIT
//
// A growing list of variables in the memory of their tape: it is valid until the tape's reset and
// allocates nothing of its own.
#pragma once

#include <algorithm>
#include <memory>
#include <span>

#include "looplab/autograd/tape.hpp"

namespace looplab {

template <Real S>
class VariableList {
 public:
  explicit VariableList(Tape<S>& tape) : tape_(&tape) {}

  void push_back(Variable<S> variable) {
    if (size_ == capacity_) grow();
    std::construct_at(items_ + size_++, variable);
  }
  [[nodiscard]] Index size() const { return size_; }
  [[nodiscard]] Variable<S> operator[](Index i) const { return items_[i]; }
  [[nodiscard]] Variable<S> back() const { return items_[size_ - 1]; }
  [[nodiscard]] std::span<const Variable<S>> span() const {
    return {items_, static_cast<std::size_t>(size_)};
  }

 private:
  void grow() {
    capacity_ = std::max<Index>(8, 2 * capacity_);
    auto* larger = tape_->template allocate<Variable<S>>(capacity_);
    std::uninitialized_copy_n(items_, size_, larger);
    items_ = larger;
  }

  Tape<S>* tape_;
  Variable<S>* items_ = nullptr;
  Index size_ = 0, capacity_ = 0;
};

}  // namespace looplab
