// SPDX-License-Identifier: MIT
//
// Reverse-mode automatic differentiation with a define-by-run tape on an arena.
//
// Every operation creates a node (value and, later, gradient) and, if a gradient can flow through
// it, records how to propagate the gradient to its inputs. `backward` walks the record once, in
// reverse. A tape belongs to one thread. `reset` discards everything and keeps the memory, so a
// steady step allocates nothing.
//
// Gradients of nodes are buffers of the arena. A buffer is taken at the first write and returned
// for reuse as soon as the gradient has been propagated. An operation whose input gradient equals
// its output gradient (a sum, a residual) passes on the buffer; nodes that share a buffer get their
// own when they are added to. Gradients of leaves are memory of the caller and are always
// accumulated: a looped model uses the same parameter R times.
//
// Tests: tests/autograd/tape_test.cpp. Lesson: examples/020_gradients_by_hand_and_by_tape.cpp.
#pragma once

#include <algorithm>
#include <concepts>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "looplab/core/arena.hpp"
#include "looplab/core/tensor.hpp"
#include "looplab/kernels/bfloat16.hpp"
#include "looplab/kernels/pointwise.hpp"

namespace looplab {

template <Real S>
class Tape;
template <Real S>
class Scratch;

/// A value on a tape. A light handle: copying it copies a pointer. Valid until the tape is reset.
template <Real S>
class Variable {
 public:
  Variable() = default;

  [[nodiscard]] TensorView<const S> value() const { return node_->value; }
  [[nodiscard]] const S* data() const { return node_->value.data(); }
  [[nodiscard]] const Shape& shape() const { return node_->value.shape(); }
  [[nodiscard]] Index rows() const { return node_->value.rows(); }
  [[nodiscard]] Index cols() const { return node_->value.cols(); }
  [[nodiscard]] Index size() const { return node_->value.size(); }
  [[nodiscard]] bool requires_grad() const { return node_->requires_grad; }
  /// The rounded value, if the operation made it for products only; `value` then has no memory.
  [[nodiscard]] const kernels::Bfloat16* rounded() const { return node_->rounded; }
  /// Whether both are the same variable, not whether their values are equal.
  friend bool operator==(Variable a, Variable b) { return a.node_ == b.node_; }

 private:
  friend class Tape<S>;
  struct Buffer {
    S* data;
    Index size;
    Index holders;  // number of nodes with this gradient; the tape reuses buffers with 0 holders
  };
  struct Node {
    TensorView<const S> value;
    S* leaf_grad = nullptr;    // leaves: memory of the caller
    Buffer* buffer = nullptr;  // other nodes; null: no gradient has been propagated to it yet
    const kernels::Bfloat16* rounded = nullptr;
    bool requires_grad = false;
  };
  explicit Variable(Node* node) : node_(node) {}
  Node* node_ = nullptr;
};

/// The result of an operation: memory for its value, or for the rounded value.
template <Real S>
struct OperationResult {
  TensorView<S> value;
  const kernels::Bfloat16* rounded = nullptr;  // if not null, `value` is a shape without memory

  OperationResult(TensorView<S> in_full) : value(in_full) {}
  OperationResult(const kernels::Bfloat16* only, Shape shape)
      : value(nullptr, shape), rounded(only) {}
};

/// Where to store a gradient, and whether to add to it or to overwrite it. Null data: not needed.
template <Real S>
struct GradientTarget {
  S* data = nullptr;
  bool accumulate = false;
  explicit operator bool() const { return data != nullptr; }
};

/// The record of one forward pass.
template <Real S>
class Tape {
 public:
  using Buffer = typename Variable<S>::Buffer;

  Tape() = default;
  Tape(const Tape&) = delete;
  Tape& operator=(const Tape&) = delete;
  Tape(Tape&&) noexcept = default;
  Tape& operator=(Tape&&) noexcept = default;

  /// Discards all nodes; memory is kept.
  void reset() {
    operations_.clear();
    free_.clear();
    arena_.reset();
  }

  /// While false, operations compute values only (evaluation, loops without gradient).
  void set_recording(bool on) { recording_ = on; }
  [[nodiscard]] bool recording() const { return recording_; }

  /// Uninitialized memory that lives until `reset`.
  template <class T>
  [[nodiscard]] T* allocate(Index count) {
    return arena_.allocate<T>(count);
  }

  /// A value without gradient. The memory of `value` must stay valid until the tape is reset.
  [[nodiscard]] Variable<S> constant(TensorView<const S> value) { return make_node(value); }

  /// A value whose gradient is accumulated into `grad` (same size), or a constant if it is null.
  [[nodiscard]] Variable<S> leaf(TensorView<const S> value, S* grad) {
    Variable<S> v = make_node(value);
    v.node_->leaf_grad = grad;
    v.node_->requires_grad = grad != nullptr;
    return v;
  }

  /// The same value without its history: no gradient flows through it.
  [[nodiscard]] Variable<S> detach(Variable<S> x) { return constant(x.value()); }

  /// Registers the result of an operation: `made` is memory of this tape, filled before or after.
  /// `backward` calls `pull(grad_value)` if the tape records and some input requires a gradient.
  /// `pull` is copied into the arena, so it may hold pointers, sizes and Variables only.
  template <class Pull>
  [[nodiscard]] Variable<S> record(std::type_identity_t<OperationResult<S>> made,
                                   std::initializer_list<Variable<S>> inputs, Pull pull) {
    return record(made, {std::span<const Variable<S>>(inputs.begin(), inputs.size())}, pull);
  }
  /// The same for operations on ranges of inputs.
  template <class Pull>
  [[nodiscard]] Variable<S> record(std::type_identity_t<OperationResult<S>> made,
                                   std::initializer_list<std::span<const Variable<S>>> inputs,
                                   Pull pull) {
    static_assert(std::is_trivially_destructible_v<Pull>, "capture only pointers and sizes");
    Variable<S> result = make_node(made.value);
    result.node_->rounded = made.rounded;
    bool needed = false;
    for (const auto& group : inputs)
      for (const Variable<S>& input : group) needed |= input.requires_grad();
    if (!recording_ || !needed) return result;
    result.node_->requires_grad = true;
    auto* state = new (arena_.allocate<Pull>(1)) Pull(pull);
    operations_.push_back(
        {result.node_, state, [](void* s, const S* grad) { (*static_cast<Pull*>(s))(grad); }});
    return result;
  }

  /// Uninitialized memory for a result.
  [[nodiscard]] TensorView<S> result(Shape shape) {
    return {arena_.allocate<S>(shape.size()), shape};
  }

  /// Propagates `seed` times the gradient of the scalar `loss` to every leaf, which accumulates it.
  /// \throws ShapeError if `loss` is not a scalar, if nothing it depends on requires a gradient, or
  /// if an earlier call has consumed the record.
  void backward(Variable<S> loss, S seed = S{1}) {
    require<ShapeError>(loss.size() == 1, "backward: loss has shape ", loss.shape(),
                        ", expected a scalar");
    require<ShapeError>(loss.requires_grad(), "backward: the loss depends on no leaf");
    require<ShapeError>(loss.node_->leaf_grad || !operations_.empty(),
                        "backward: called twice on this record; run the forward pass again");
    backward_from(loss, &seed);
  }

  /// Propagates `gradient`, of the size of `result`, to every leaf; `result` requires a gradient.
  void backward_from(Variable<S> result, const S* gradient) {
    const GradientTarget<S> start = gradient_of(result);
    for (Index i = 0; i < result.size(); ++i)
      start.data[i] = start.accumulate ? start.data[i] + gradient[i] : gradient[i];
    for (auto op = operations_.rbegin(); op != operations_.rend(); ++op) {
      Buffer* grad = std::exchange(op->output->buffer, nullptr);
      if (grad == nullptr) continue;  // no gradient was propagated to it
      pulling_ = grad;
      op->pull(op->state, grad->data);
      release(grad);
    }
    operations_.clear();
  }

  // ---- for values with a shorter lifetime than this tape's, see recompute.hpp ----

  /// A tape inside this one, created at the first call; the caller resets it.
  [[nodiscard]] Tape& inner() {
    if (!inner_) inner_ = std::make_unique<Tape>();
    return *inner_;
  }

  /// A stand-in for a variable of the enclosing tape: it has the same value, and its gradient is
  /// added to the variable's existing one. If there is none yet, it is memory of this tape: see
  /// `release`.
  [[nodiscard]] Variable<S> acquire(Variable<S> x) {
    return Variable<S>(new (arena_.allocate<Node>(1)) Node(*x.node_));
  }

  /// Moves the gradient of a stand-in on the inner tape to `x`, its variable on this tape.
  void release(Variable<S> stand_in, Variable<S> x) {
    Buffer* grad = stand_in.node_->buffer;
    if (grad == nullptr || grad == x.node_->buffer) return;  // no gradient, or already in place
    x.node_->buffer = take_buffer(x.size());  // x's own gradient was shared: `grad` includes it
    std::copy_n(grad->data, x.size(), x.node_->buffer->data);
    stand_in.node_->buffer = x.node_->buffer;
  }

  /// Peak bytes in use, by this tape and those inside it.
  [[nodiscard]] std::size_t peak_bytes() const {
    return arena_.peak() + (inner_ ? inner_->peak_bytes() : 0);
  }

  // ---- for operations, inside `pull` ----

  /// Where to store the gradient of `x`; the first writer overwrites, later ones accumulate.
  [[nodiscard]] GradientTarget<S> gradient_of(Variable<S> x) {
    auto* node = x.node_;
    if (!node->requires_grad) return {};
    if (node->leaf_grad) return {node->leaf_grad, true};
    if (!node->buffer) {
      node->buffer = take_buffer(x.size());
      return {node->buffer->data, false};
    }
    if (node->buffer->holders > 1) {
      Buffer* own = take_buffer(x.size());
      std::copy_n(node->buffer->data, x.size(), own->data);
      --node->buffer->holders;
      node->buffer = own;
    }
    return {node->buffer->data, true};
  }

  /// Adds `grad`, the gradient that `pull` was called with, to that of `x`, which has the same
  /// number of elements; without copying if `x` has no gradient yet.
  void propagate(Variable<S> x, const S* grad) {
    auto* node = x.node_;
    LOOPLAB_ASSERT(grad == pulling_->data && x.size() == pulling_->size);
    if (node->requires_grad && !node->leaf_grad && !node->buffer) {
      node->buffer = pulling_;
      ++pulling_->holders;
    } else if (const GradientTarget<S> to = gradient_of(x)) {
      kernels::axpy(S{1}, grad, to.data, x.size());
    }
  }

  /// Memory of the tape that stays reserved until it is returned or passed on; then it is reused.
  [[nodiscard]] Buffer* take_buffer(Index size) {
    for (auto entry = free_.rbegin(); entry != free_.rend(); ++entry)
      if ((*entry)->size == size) {
        Buffer* buffer = *entry;
        *entry = free_.back();
        free_.pop_back();
        buffer->holders = 1;
        return buffer;
      }
    return new (arena_.allocate<Buffer>(1)) Buffer{arena_.allocate<S>(size), size, 1};
  }
  void release(Buffer* buffer) {
    if (--buffer->holders == 0) free_.push_back(buffer);
  }

  /// Adds `factor` times the content of `buffer`, with as many elements as `x`, to the gradient of
  /// `x`. The buffer returns to the tape.
  void propagate(Variable<S> x, Buffer* buffer, S factor) {
    auto* node = x.node_;
    if (node->requires_grad && !node->leaf_grad && !node->buffer) {
      if (factor != S{1}) kernels::scale(factor, buffer->data, x.size());
      node->buffer = buffer;
      return;
    }
    if (const GradientTarget<S> to = gradient_of(x))
      kernels::axpy(factor, static_cast<const S*>(buffer->data), to.data, x.size());
    release(buffer);
  }

  /// As `gradient_of`, for kernels that only accumulate: new memory is zeroed first.
  [[nodiscard]] S* zeroed_gradient_of(Variable<S> x) {
    const GradientTarget<S> target = gradient_of(x);
    if (target && !target.accumulate) std::fill_n(target.data, x.size(), S{0});
    return target.data;
  }

 private:
  using Node = typename Variable<S>::Node;
  struct Operation {
    Node* output;
    void* state;
    void (*pull)(void* state, const S* grad);
  };
  Variable<S> make_node(TensorView<const S> value) {
    return Variable<S>(new (arena_.allocate<Node>(1)) Node{value});
  }

  Arena arena_;
  std::vector<Operation> operations_;
  std::vector<Buffer*> free_;
  Buffer* pulling_ = nullptr;  // the gradient that is being propagated
  std::unique_ptr<Tape> inner_;
  bool recording_ = true;
};

/// Uninitialized memory of a tape during one kernel. The next request of the same size gets the
/// same memory, which is then still in cache.
template <Real S>
class Scratch {
 public:
  Scratch(Tape<S>& tape, Index size) : tape_(tape), buffer_(tape.take_buffer(size)) {}
  ~Scratch() { tape_.release(buffer_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  [[nodiscard]] S* data() const { return buffer_->data; }

 private:
  Tape<S>& tape_;
  typename Tape<S>::Buffer* buffer_;
};

/// Disables recording during its lifetime.
template <Real S>
class NoGradient {
 public:
  explicit NoGradient(Tape<S>& tape) : tape_(tape), before_(tape.recording()) {
    tape_.set_recording(false);
  }
  ~NoGradient() { tape_.set_recording(before_); }
  NoGradient(const NoGradient&) = delete;
  NoGradient& operator=(const NoGradient&) = delete;

 private:
  Tape<S>& tape_;
  bool before_;
};

}  // namespace looplab
