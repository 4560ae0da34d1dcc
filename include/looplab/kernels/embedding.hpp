// SPDX-License-Identifier: MIT
//
// Embedding lookup: rows of a table selected by token, and its gradient.
//
//   forward    y_nd       = E_{id_n, d}
//   backward   grad_E_vd += sum_{n : id_n = v} grad_y_nd
//
//
// Sizes: V rows of the table (vocabulary), N ids, D columns. Row-major, any alignment. Ids must be
// in 0 ... V-1 (checked by the caller).
#pragma once

#include <algorithm>

#include "looplab/kernels/pointwise.hpp"

namespace looplab::kernels {

/// y [N, D], overwritten, from table [V, D] and ids [N].
template <Real S>
void embedding_gather(const S* table, const Token* ids, Index N, Index D, S* y) {
  for (Index n = 0; n < N; ++n) std::copy_n(table + ids[n] * D, D, y + n * D);
}

/// Adds each row of grad_y [N, D] to its row of grad_table [V, D], in the order of n, so that every
/// call gives the same bits.
template <Real S>
void embedding_scatter_add(const S* grad_y, const Token* ids, Index N, Index D, S* grad_table) {
  for (Index n = 0; n < N; ++n) axpy(S{1}, grad_y + n * D, grad_table + ids[n] * D, D);
}

}  // namespace looplab::kernels
