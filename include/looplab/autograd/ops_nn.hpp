// SPDX-License-Identifier: MIT
//
// Differentiable building blocks of transformers: activations, norms, embedding lookup, attention,
// cross-entropy. Each operation is defined beside its gradient; the equations are in kernels/.
//
// N is the number of rows (usually B T). All throw ShapeError. Operations with an argument `as` can
// return their result rounded to bfloat16, for use in products only. This saves memory traffic and
// changes no bit, because those products would round it anyway.
// Tests: tests/autograd/operations_test.cpp (one table of all operations).
#pragma once

#include "looplab/autograd/compiled_operations.hpp"
#include "looplab/autograd/ops_math.hpp"
#include "looplab/autograd/tape.hpp"
#include "looplab/kernels/attention.hpp"
#include "looplab/kernels/cross_entropy.hpp"
#include "looplab/kernels/embedding.hpp"
#include "looplab/kernels/normalization.hpp"
#include "looplab/kernels/pointwise.hpp"

namespace looplab {

namespace detail {

/// Calls `kernel(y)` with memory y for the full result or, if `as` is bfloat16 and S is float, for
/// the rounded one.
template <Real S, class Kernel>
[[nodiscard]] OperationResult<S> make_result(Tape<S>& tape, Shape shape, kernels::ComputeType as,
                                             Kernel kernel) {
  if constexpr (std::same_as<S, float>)
    if (as == kernels::ComputeType::bfloat16) {
      auto* y = tape.template allocate<kernels::Bfloat16>(shape.size());
      kernel(y);
      return {y, shape};
    }
  const TensorView<S> y = tape.result(shape);
  kernel(y.data());
  return y;
}

/// `y`, computed from x of the same shape, with a backward kernel (x, grad_y, grad_x, n, accumulate).
template <Real S, class Backward>
[[nodiscard]] Variable<S> activation(Tape<S>& tape, Variable<S> x, OperationResult<S> y,
                                     Backward backward) {
  return tape.record(y, {x}, [x, backward, &tape](const S* grad) {
    const GradientTarget<S> to = tape.gradient_of(x);
    backward(x.data(), grad, to.data, x.size(), to.accumulate);
  });
}

/// The gradient of `x` by a kernel that only overwrites.
template <Real S, class Kernel>
void overwrite_then_add(Tape<S>& tape, Variable<S> x, Kernel kernel) {
  const GradientTarget<S> target = tape.gradient_of(x);
  if (!target.accumulate) return kernel(target.data);
  const Scratch<S> more(tape, x.size());
  kernel(more.data());
  kernels::axpy(S{1}, static_cast<const S*>(more.data()), target.data, x.size());
}

}  // namespace detail

/// GELU in its tanh form (Hendrycks & Gimpel 2016, arXiv:1606.08415).
template <Real S>
[[nodiscard]] Variable<S> gelu(Tape<S>& tape, Variable<S> x,
                               kernels::ComputeType as = kernels::ComputeType::float32) {
  const OperationResult<S> y = detail::make_result(
      tape, x.shape(), as, [&](auto* to) { kernels::gelu_tanh_forward(x.data(), to, x.size()); });
  return detail::activation(tape, x, y, kernels::gelu_tanh_backward<S>);
}

/// x sigmoid(x).
template <Real S>
[[nodiscard]] Variable<S> silu(Tape<S>& tape, Variable<S> x) {
  const TensorView<S> y = tape.result(x.shape());
  kernels::silu_forward(x.data(), y.data(), x.size());
  return detail::activation<S>(tape, x, y, kernels::silu_backward<S>);
}

/// silu(gate) * up: [N, F] of gate_up [N, 2F], whose first F columns are the gate
/// (Shazeer 2020, arXiv:2002.05202).
template <Real S>
[[nodiscard]] Variable<S> swiglu(Tape<S>& tape, Variable<S> gate_up,
                                 kernels::ComputeType as = kernels::ComputeType::float32) {
  require<ShapeError>(gate_up.cols() % 2 == 0, "swiglu: gate_up is ", gate_up.shape(),
                      ", expected an even number of columns");
  const Index rows = gate_up.rows(), width = gate_up.cols() / 2;
  const OperationResult<S> y = detail::make_result(tape, {rows, width}, as, [&](auto* to) {
    kernels::swiglu_forward(gate_up.data(), to, rows, width);
  });
  return tape.record(y, {gate_up}, [gate_up, rows, width, &tape](const S* grad) {
    const GradientTarget<S> to = tape.gradient_of(gate_up);
    kernels::swiglu_backward(gate_up.data(), grad, to.data, rows, width, to.accumulate);
  });
}

/// Root mean square norm of the rows of x [N, D] with gain [D].
template <Real S>
[[nodiscard]] Variable<S> rms_norm(Tape<S>& tape, Variable<S> x, Variable<S> gain, S epsilon,
                                   kernels::ComputeType as = kernels::ComputeType::float32) {
  require<ShapeError>(gain.size() == x.cols(), "rms_norm: x is ", x.shape(), " but gain has ",
                      gain.size(), " elements");
  const Index rows = x.rows(), width = x.cols();
  S* inverse_rms = tape.template allocate<S>(rows);
  const OperationResult<S> y = detail::make_result(tape, x.shape(), as, [&](auto* to) {
    kernels::rms_norm_forward(x.data(), gain.data(), to, inverse_rms, rows, width, epsilon);
  });
  return tape.record(y, {x, gain}, [x, gain, inverse_rms, rows, width, &tape](const S* grad) {
    GradientTarget<S> to_x = tape.gradient_of(x);
    if (!to_x) to_x.data = tape.template allocate<S>(x.size());  // not needed, but written
    S* to_gain = detail::gradient_or_scratch(tape, gain);
    kernels::rms_norm_backward(x.data(), gain.data(), inverse_rms, grad, to_x.data, to_gain, rows,
                               width, to_x.accumulate);
  });
}

/// Layer norm of the rows of x [N, D] with gain [D] and bias [D].
template <Real S>
[[nodiscard]] Variable<S> layer_norm(Tape<S>& tape, Variable<S> x, Variable<S> gain,
                                     Variable<S> bias, S epsilon,
                                     kernels::ComputeType as = kernels::ComputeType::float32) {
  require<ShapeError>(gain.size() == x.cols() && bias.size() == x.cols(), "layer_norm: x is ",
                      x.shape(), " but gain has ", gain.size(), " and bias ", bias.size(),
                      " elements");
  const Index rows = x.rows(), width = x.cols();
  S* mean = tape.template allocate<S>(rows);
  S* inverse_std = tape.template allocate<S>(rows);
  const OperationResult<S> y = detail::make_result(tape, x.shape(), as, [&](auto* to) {
    kernels::layer_norm_forward(x.data(), gain.data(), bias.data(), to, mean, inverse_std, rows,
                                width, epsilon);
  });
  return tape.record(
      y, {x, gain, bias}, [x, gain, bias, mean, inverse_std, rows, width, &tape](const S* grad) {
        GradientTarget<S> to_x = tape.gradient_of(x);
        if (!to_x) to_x.data = tape.template allocate<S>(rows * width);  // not needed, but written
        S* to_gain = detail::gradient_or_scratch(tape, gain);
        S* to_bias = detail::gradient_or_scratch(tape, bias);
        kernels::layer_norm_backward(x.data(), gain.data(), mean, inverse_std, grad, to_x.data,
                                     to_gain, to_bias, rows, width, to_x.accumulate);
      });
}

/// 1 where x > 0, else 0. Its derivative is 0 almost everywhere: no gradient flows through it.
template <Real S>
[[nodiscard]] Variable<S> unit_step(Tape<S>& tape, Variable<S> x) {
  const TensorView<S> y = tape.result(x.shape());
  for (Index i = 0; i < x.size(); ++i) y[i] = x.data()[i] > S{0} ? S{1} : S{0};
  return tape.constant(y);
}

/// Rows of table [V, D] for ids [N]. `ids` must stay valid until the tape is reset.
/// \throws ShapeError naming the first id outside 0 ... V-1
template <Real S>
[[nodiscard]] Variable<S> embedding(Tape<S>& tape, Variable<S> table, const Token* ids,
                                    Index count) {
  const Index width = table.cols();
  for (Index n = 0; n < count; ++n)
    require<ShapeError>(ids[n] >= 0 && ids[n] < table.rows(), "embedding: token ", ids[n],
                        " at position ", n, ", expected 0 ... ", table.rows() - 1);
  const TensorView<S> y = tape.result({count, width});
  kernels::embedding_gather(table.data(), ids, count, width, y.data());
  return tape.record(y, {table}, [table, ids, count, width, &tape](const S* grad) {
    kernels::embedding_scatter_add(grad, ids, count, width, tape.zeroed_gradient_of(table));
  });
}

/// Attention of qkv [B T, 3 H K]; see kernels/attention.hpp. Memory that `shape` points to must
/// stay valid until the tape is reset.
template <Real S>
[[nodiscard]] Variable<S> attention(Tape<S>& tape, Variable<S> qkv,
                                    const kernels::AttentionShape<S>& shape,
                                    kernels::ComputeType as = kernels::ComputeType::float32) {
  const Index rows = shape.num_windows * shape.length;
  require<ShapeError>(qkv.rows() == rows && qkv.cols() == 3 * shape.width(), "attention: qkv is ",
                      qkv.shape(), ", expected [", rows, ", ", 3 * shape.width(), "]");
  S* row_stats = tape.template allocate<S>(shape.stats_size());
  const OperationResult<S> out =
      detail::make_result(tape, {rows, shape.width()}, as, [&](auto* to) {
        const Scratch<S> scratch(tape, kernels::attention_scratch_size(shape));
        kernels::attention_forward(shape, qkv.data(), to, row_stats, scratch.data());
      });
  return tape.record(out, {qkv}, [qkv, shape, row_stats, &tape](const S* grad) {
    const Scratch<S> scratch(tape, kernels::attention_scratch_size(shape));
    detail::overwrite_then_add(tape, qkv, [&](S* to) {
      kernels::attention_backward(shape, qkv.data(), row_stats, grad, to, scratch.data());
    });
  });
}

/// Result of cross_entropy; the pointers are memory of the tape.
template <Real S>
struct CrossEntropy {
  Variable<S> loss;        // scalar: sum of row_loss, nats
  const S* row_loss;       // [N], 0 where ignored
  const Token* predicted;  // [N], class of the largest logit
};

/// Result of row_cross_entropy; the pointer is memory of the tape.
template <Real S>
struct RowCrossEntropy {
  Variable<S> loss;        // [N], nats, 0 where ignored
  const Token* predicted;  // [N], class of the largest logit
};

namespace detail {

/// Losses, predictions and, if needed, the gradient [N, V] of the sum of losses: see
/// `cross_entropy`.
template <Real S>
struct ScoredRows {
  TensorView<S> loss;
  const Token* predicted;
  typename Tape<S>::Buffer* gradient;  // null: not needed
};
template <Real S>
[[nodiscard]] ScoredRows<S> score_rows(Tape<S>& tape, Variable<S> logits, const Token* targets,
                                       Token ignore, S label_smoothing) {
  const Index rows = logits.rows(), classes = logits.cols();
  for (Index n = 0; n < rows; ++n)
    require<ShapeError>(targets[n] == ignore || (targets[n] >= 0 && targets[n] < classes),
                        "cross_entropy: target ", targets[n], " at row ", n, ", expected 0 ... ",
                        classes - 1, " or ", ignore, " (not scored)");
  const TensorView<S> loss = tape.result({rows});
  Token* predicted = tape.template allocate<Token>(rows);
  const bool wanted = tape.recording() && logits.requires_grad();
  const auto gradient = wanted ? tape.take_buffer(logits.size()) : nullptr;
  kernels::softmax_cross_entropy(logits.data(), targets, rows, classes, label_smoothing, ignore,
                                 loss.data(), wanted ? gradient->data : nullptr, predicted);
  return {loss, predicted, gradient};
}

}  // namespace detail

/// Softmax and negative log likelihood of targets [N] under logits [N, V], summed (not averaged)
/// over the rows whose target is not `ignore`. Label smoothing s distributes s of the target's
/// weight uniformly over the V classes. `targets` must stay valid until the tape is reset.
/// \throws ShapeError naming the first invalid target
template <Real S>
[[nodiscard]] CrossEntropy<S> cross_entropy(Tape<S>& tape, Variable<S> logits, const Token* targets,
                                            Token ignore, S label_smoothing = S{0}) {
  const auto [row_loss, predicted, gradient] =
      detail::score_rows(tape, logits, targets, ignore, label_smoothing);
  double total = 0;
  for (Index n = 0; n < logits.rows(); ++n) total += static_cast<double>(row_loss[n]);
  const TensorView<S> loss = tape.result({});
  loss[0] = static_cast<S>(total);
  const auto pull = [logits, gradient = gradient, &tape](const S* grad) {
    tape.propagate(logits, gradient, *grad);
  };
  return {tape.record(loss, {logits}, pull), row_loss.data(), predicted};
}

/// The loss of each row separately.
template <Real S>
[[nodiscard]] RowCrossEntropy<S> row_cross_entropy(Tape<S>& tape, Variable<S> logits,
                                                   const Token* targets, Token ignore,
                                                   S label_smoothing = S{0}) {
  const auto [row_loss, predicted, gradient] =
      detail::score_rows(tape, logits, targets, ignore, label_smoothing);
  const auto pull = [logits, gradient = gradient, &tape](const S* grad) {
    for (Index n = 0, classes = logits.cols(); n < logits.rows(); ++n)
      kernels::scale(grad[n], gradient->data + n * classes, classes);
    tape.propagate(logits, gradient, S{1});
  };
  return {tape.record(row_loss, {logits}, pull), predicted};
}

}  // namespace looplab

#if LOOPLAB_COMPILED  // see compiled_operations.hpp
namespace looplab {
// clang-format off
#define LOOPLAB_OPERATIONS(S)                                                                      \
  LOOPLAB_TEMPLATE Variable<S> gelu(Tape<S>&, Variable<S>, kernels::ComputeType);                  \
  LOOPLAB_TEMPLATE Variable<S> silu(Tape<S>&, Variable<S>);                                        \
  LOOPLAB_TEMPLATE Variable<S> swiglu(Tape<S>&, Variable<S>, kernels::ComputeType);                \
  LOOPLAB_TEMPLATE Variable<S> rms_norm(Tape<S>&, Variable<S>, Variable<S>, S,                     \
                                        kernels::ComputeType);                                     \
  LOOPLAB_TEMPLATE Variable<S> layer_norm(Tape<S>&, Variable<S>, Variable<S>, Variable<S>, S,      \
                                          kernels::ComputeType);                                   \
  LOOPLAB_TEMPLATE Variable<S> unit_step(Tape<S>&, Variable<S>);                                   \
  LOOPLAB_TEMPLATE Variable<S> embedding(Tape<S>&, Variable<S>, const Token*, Index);              \
  LOOPLAB_TEMPLATE Variable<S> attention(Tape<S>&, Variable<S>, const kernels::AttentionShape<S>&, \
                                         kernels::ComputeType);                                    \
  LOOPLAB_TEMPLATE CrossEntropy<S> cross_entropy(Tape<S>&, Variable<S>, const Token*, Token, S);   \
  LOOPLAB_TEMPLATE RowCrossEntropy<S> row_cross_entropy(Tape<S>&, Variable<S>, const Token*,       \
                                                        Token, S);
// clang-format on
LOOPLAB_OPERATIONS(float)
LOOPLAB_OPERATIONS(double)
#undef LOOPLAB_OPERATIONS
}  // namespace looplab
#endif
