// SPDX-License-Identifier: MIT
//
// Rotary position embedding: pairs of coordinates rotated by an angle proportional to the position.
//
//   y_i       = x_i cos(p w_i) - x_{i+K/2} sin(p w_i)
//   y_{i+K/2} = x_{i+K/2} cos(p w_i) + x_i sin(p w_i),      w_i = base^(-2i/K),  i < K/2
//
// Source: Su et al. 2021, "RoFormer", arXiv:2104.09864, eq. 34, with the pairing (i, i + K/2) of
//         Ouro's and most current checkpoints ("rotate half").
// Sizes:  K d_head, even.
#pragma once

#include <cmath>

#include "looplab/core/tensor.hpp"
#include "looplab/kernels/simd.hpp"

namespace looplab::kernels {

/// Cosines and sines [num_positions, K/2], computed in double. Empty: no rotation.
template <Real S>
struct RotaryTable {
  Tensor<S> cosine, sine;

  RotaryTable() = default;
  RotaryTable(Index num_positions, Index d_head, double base)
      : cosine({num_positions, d_head / 2}), sine({num_positions, d_head / 2}) {
    require<ShapeError>(d_head % 2 == 0, "RotaryTable: d_head is ", d_head, ", expected even");
    for (Index p = 0; p < num_positions; ++p)
      for (Index i = 0; i < d_head / 2; ++i) {
        const double angle =
            static_cast<double>(p) *
            std::pow(base, -2.0 * static_cast<double>(i) / static_cast<double>(d_head));
        cosine(p, i) = static_cast<S>(std::cos(angle));
        sine(p, i) = static_cast<S>(std::sin(angle));
      }
  }
  [[nodiscard]] bool empty() const { return cosine.size() == 0; }
};

namespace detail {

/// y [K] = scale times x [K], rotated by `sign` (1 or -1) times the angles of `position`.
template <Real S>
LOOPLAB_INLINE void rotate(const S* x, const RotaryTable<S>& table, Index position, Index d_head,
                           S scale, S sign, S* y) {
  const Index half = d_head / 2;
  const S* cosine = table.cosine.data() + position * half;
  const S* sine = table.sine.data() + position * half;
  for_each_vector<S>(half, [&](Index i, auto part) {
    const Vec<S> low = load(x + i, part), high = load(x + half + i, part);
    const Vec<S> c = load(cosine + i, part), s = sign * load(sine + i, part);
    store(y + i, scale * (low * c - high * s), part);
    store(y + half + i, scale * (high * c + low * s), part);
  });
}

}  // namespace detail

/// y [K] = scale times x [K], rotated to `position`. y may be x.
template <Real S>
LOOPLAB_INLINE void rotary_forward(const S* x, const RotaryTable<S>& table, Index position,
                                   Index d_head, S scale, S* y) {
  detail::rotate(x, table, position, d_head, scale, S{1}, y);
}

/// The gradient of rotary_forward: the inverse rotation. `grad_x` is overwritten and may be
/// `grad_y`.
template <Real S>
LOOPLAB_INLINE void rotary_backward(const S* grad_y, const RotaryTable<S>& table, Index position,
                                    Index d_head, S scale, S* grad_x) {
  detail::rotate(grad_y, table, position, d_head, scale, S{-1}, grad_x);
}

}  // namespace looplab::kernels
