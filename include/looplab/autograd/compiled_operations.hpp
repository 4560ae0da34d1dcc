// SPDX-License-Identifier: MIT
//
// The operations on float and double, compiled once for all files of a program.
//
// The CMake target looplab::compiled is a library of them and defines LOOPLAB_COMPILED; the headers of
// operations then include this file, which declares them. Without that target they are compiled where
// they are used, and this file is not read. An operation that is not listed is always compiled where
// it is used.
#pragma once

#include <span>

#include "looplab/autograd/ops_exit.hpp"
#include "looplab/autograd/ops_math.hpp"
#include "looplab/autograd/ops_nn.hpp"
#include "looplab/autograd/ops_pointwise.hpp"
#include "looplab/kernels/simd.hpp"

namespace looplab {
namespace detail {

/// Linked, so that a program compiled for other vectors than looplab::compiled, which would lay out
/// packed weights differently, does not link.
template <std::size_t kVectorBytes>
struct CompiledForVectorsOf {
  static bool exists() noexcept;
};

}  // namespace detail

#if LOOPLAB_COMPILES_OPERATIONS  // the one file of looplab::compiled
#define LOOPLAB_TEMPLATE template
template <std::size_t kVectorBytes>
bool detail::CompiledForVectorsOf<kVectorBytes>::exists() noexcept {
  return true;
}
template struct detail::CompiledForVectorsOf<kernels::kVectorBytes>;
#else
#define LOOPLAB_TEMPLATE extern template
inline const bool compiled_for_these_vectors =
    detail::CompiledForVectorsOf<kernels::kVectorBytes>::exists();
#endif

// clang-format off
#define LOOPLAB_OPERATIONS(S)                                                                                      \
  LOOPLAB_TEMPLATE Variable<S> add(Tape<S>&, Variable<S>, Variable<S>);                                            \
  LOOPLAB_TEMPLATE Variable<S> add_scaled(Tape<S>&, Variable<S>, S, Variable<S>);                                  \
  LOOPLAB_TEMPLATE Variable<S> add_row(Tape<S>&, Variable<S>, Variable<S>);                                        \
  LOOPLAB_TEMPLATE Variable<S> multiply(Tape<S>&, Variable<S>, Variable<S>);                                       \
  LOOPLAB_TEMPLATE Variable<S> scale(Tape<S>&, S, Variable<S>);                                                    \
  LOOPLAB_TEMPLATE Variable<S> sum(Tape<S>&, Variable<S>);                                                         \
  LOOPLAB_TEMPLATE Variable<S> matmul(Tape<S>&, Variable<S>, Variable<S>, kernels::Layout,                         \
                                      const kernels::PreparedWeight<S>*);                                          \
  LOOPLAB_TEMPLATE Variable<S> concat_columns(Tape<S>&, Variable<S>, Variable<S>);                                 \
  LOOPLAB_TEMPLATE Variable<S> gather_rows(Tape<S>&, Variable<S>, const Index*, Index);                            \
  LOOPLAB_TEMPLATE Variable<S> subtract(Tape<S>&, Variable<S>, Variable<S>);                                       \
  LOOPLAB_TEMPLATE Variable<S> divide(Tape<S>&, Variable<S>, Variable<S>);                                         \
  LOOPLAB_TEMPLATE Variable<S> exp(Tape<S>&, Variable<S>);                                                         \
  LOOPLAB_TEMPLATE Variable<S> log(Tape<S>&, Variable<S>);                                                         \
  LOOPLAB_TEMPLATE Variable<S> sigmoid(Tape<S>&, Variable<S>);                                                     \
  LOOPLAB_TEMPLATE Variable<S> tanh(Tape<S>&, Variable<S>);                                                        \
  LOOPLAB_TEMPLATE Variable<S> mean(Tape<S>&, Variable<S>);                                                        \
  LOOPLAB_TEMPLATE Variable<S> row_mean(Tape<S>&, Variable<S>);                                                    \
  LOOPLAB_TEMPLATE Variable<S> softmax(Tape<S>&, Variable<S>);                                                     \
  LOOPLAB_TEMPLATE Variable<S> scale_rows(Tape<S>&, Variable<S>, Variable<S>);                                     \
  LOOPLAB_TEMPLATE Variable<S> gelu(Tape<S>&, Variable<S>, kernels::ComputeType);                                  \
  LOOPLAB_TEMPLATE Variable<S> silu(Tape<S>&, Variable<S>);                                                        \
  LOOPLAB_TEMPLATE Variable<S> swiglu(Tape<S>&, Variable<S>, kernels::ComputeType);                                \
  LOOPLAB_TEMPLATE Variable<S> rms_norm(Tape<S>&, Variable<S>, Variable<S>, S, kernels::ComputeType);              \
  LOOPLAB_TEMPLATE Variable<S> layer_norm(Tape<S>&, Variable<S>, Variable<S>, Variable<S>, S,                      \
                                          kernels::ComputeType);                                                   \
  LOOPLAB_TEMPLATE Variable<S> unit_step(Tape<S>&, Variable<S>);                                                   \
  LOOPLAB_TEMPLATE Variable<S> embedding(Tape<S>&, Variable<S>, const Token*, Index);                              \
  LOOPLAB_TEMPLATE Variable<S> attention(Tape<S>&, Variable<S>, const kernels::AttentionShape<S>&,                 \
                                         kernels::ComputeType);                                                    \
  LOOPLAB_TEMPLATE CrossEntropy<S> cross_entropy(Tape<S>&, Variable<S>, const Token*, Token, S);                   \
  LOOPLAB_TEMPLATE RowCrossEntropy<S> row_cross_entropy(Tape<S>&, Variable<S>, const Token*, Token, S);            \
  LOOPLAB_TEMPLATE ExitLoss<S> expected_exit_loss(Tape<S>&, std::span<const Variable<S>>,                          \
                                                  std::span<const Variable<S>>, std::span<const S>, S);            \
  LOOPLAB_TEMPLATE Variable<S> gate_adaptation_loss(Tape<S>&, std::span<const Variable<S>>,                        \
                                                    std::span<const Variable<S>>, kernels::GateTarget, S, S);
// clang-format on

LOOPLAB_OPERATIONS(float)
LOOPLAB_OPERATIONS(double)

#undef LOOPLAB_OPERATIONS
#undef LOOPLAB_TEMPLATE

}  // namespace looplab
