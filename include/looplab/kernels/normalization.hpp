// SPDX-License-Identifier: MIT
//
// RMS normalization and layer normalization over the last axis, forward and backward.
//
//   RMS    y_nd = x_nd r_n g_d,              r_n = (eps + 1/D sum_d x_nd^2)^(-1/2)
//   layer  y_nd = z_nd g_d + b_d,            z_nd = (x_nd - m_n) s_n,   m_n = 1/D sum_d x_nd,
//                                            s_n = (eps + 1/D sum_d (x_nd - m_n)^2)^(-1/2)
//
// Source: Zhang & Sennrich 2019, "Root Mean Square Layer Normalization", arXiv:1910.07467, eq. 4;
//         Ba, Kiros & Hinton 2016, "Layer Normalization", arXiv:1607.06450, eq. 4;
//         eps inside the root, as every current implementation has it.
// Sizes:  N rows (batch * sequence), 0 or more; D model width, 1 or more. Row-major, any alignment.
//
// `y` may be `x`; its type Y is S or, where products read it, Bfloat16. Gradients of gain and bias
// are accumulated, because every loop shares them; grad_x is overwritten, or added to if
// `accumulate_x` is true.
#pragma once

#include <cmath>

#include "looplab/kernels/pointwise.hpp"
#include "looplab/kernels/simd.hpp"

namespace looplab::kernels {

/// y [N, D] and inverse_rms [N] (r above, saved for the backward pass) from x [N, D] and gain [D].
template <Real S, class Y>
void rms_norm_forward(const S* x, const S* gain, Y* y, S* inverse_rms, Index N, Index D, S eps) {
  for (Index n = 0; n < N; ++n, x += D, y += D) {
    const S squares = horizontal_sum(sum_vectors<S>(D, [&](Index d, auto part, Vec<S>& sum) {
      const Vec<S> v = load(x + d, part);
      sum += v * v;
    }));
    const S r = S{1} / std::sqrt(squares / static_cast<S>(D) + eps);
    inverse_rms[n] = r;
    for_each_vector<S>(D, [&](Index d, auto part) {
      store(y + d, load(x + d, part) * r * load(gain + d, part), part);
    });
  }
}

/// Backward pass of rms_norm_forward.
///
///   grad_x_nd     =  r_n (g_d grad_y_nd - x_nd r_n^2 / D  sum_k g_k grad_y_nk x_nk)
///   grad_gain_d  +=  sum_n grad_y_nd x_nd r_n
///
/// `grad_x` may be `grad_y` if `accumulate_x` is false.
template <Real S>
void rms_norm_backward(const S* x, const S* gain, const S* inverse_rms, const S* grad_y, S* grad_x,
                       S* grad_gain, Index N, Index D, bool accumulate_x = false) {
  for (Index n = 0; n < N; ++n, x += D, grad_y += D, grad_x += D) {
    const S r = inverse_rms[n];
    const S along_x = horizontal_sum(sum_vectors<S>(D, [&](Index d, auto part, Vec<S>& sum) {
      sum += load(gain + d, part) * load(grad_y + d, part) * load(x + d, part);
    }));
    const S pull = along_x * r * r / static_cast<S>(D);
    for_each_vector<S>(D, [&](Index d, auto part) {
      const Vec<S> v = load(x + d, part), g = load(grad_y + d, part);
      store(grad_gain + d, load(grad_gain + d, part) + g * v * r, part);
      const Vec<S> by_x = r * (load(gain + d, part) * g - v * pull);
      detail::store_gradient(grad_x + d, by_x, part, accumulate_x);
    });
  }
}

/// y [N, D], mean [N] and inverse_std [N] (m and s above, saved for the backward pass) from
/// x [N, D], gain [D] and bias [D].
template <Real S, class Y>
void layer_norm_forward(const S* x, const S* gain, const S* bias, Y* y, S* mean, S* inverse_std,
                        Index N, Index D, S eps) {
  for (Index n = 0; n < N; ++n, x += D, y += D) {
    const S m = sum_of(x, D) / static_cast<S>(D);
    const S squares = horizontal_sum(sum_vectors<S>(D, [&](Index d, auto part, Vec<S>& sum) {
      const Vec<S> centered = load(x + d, part, m) - m;  // lanes past the end: m - m = 0
      sum += centered * centered;
    }));
    const S s = S{1} / std::sqrt(squares / static_cast<S>(D) + eps);
    mean[n] = m;
    inverse_std[n] = s;
    for_each_vector<S>(D, [&](Index d, auto part) {
      const Vec<S> z = (load(x + d, part) - m) * s;
      store(y + d, z * load(gain + d, part) + load(bias + d, part), part);
    });
  }
}

/// Backward pass of layer_norm_forward.
///
///   grad_x_nd     =  s_n (h_nd - 1/D sum_k h_nk - z_nd/D sum_k h_nk z_nk),   h_nd = g_d grad_y_nd
///   grad_gain_d  +=  sum_n grad_y_nd z_nd
///   grad_bias_d  +=  sum_n grad_y_nd
///
/// `grad_x` may be `grad_y` if `accumulate_x` is false.
template <Real S>
void layer_norm_backward(const S* x, const S* gain, const S* mean, const S* inverse_std,
                         const S* grad_y, S* grad_x, S* grad_gain, S* grad_bias, Index N, Index D,
                         bool accumulate_x = false) {
  for (Index n = 0; n < N; ++n, x += D, grad_y += D, grad_x += D) {
    const S m = mean[n], s = inverse_std[n], width = static_cast<S>(D);
    Vec<S> sum_h{};
    const Vec<S> sum_hz = sum_vectors<S>(D, [&](Index d, auto part, Vec<S>& sum) {
      const Vec<S> h = load(gain + d, part) * load(grad_y + d, part);
      sum_h += h;
      sum += h * ((load(x + d, part) - m) * s);
    });
    const S mean_h = horizontal_sum(sum_h) / width, mean_hz = horizontal_sum(sum_hz) / width;
    for_each_vector<S>(D, [&](Index d, auto part) {
      const Vec<S> z = (load(x + d, part) - m) * s, g = load(grad_y + d, part);
      store(grad_gain + d, load(grad_gain + d, part) + g * z, part);
      store(grad_bias + d, load(grad_bias + d, part) + g, part);
      const Vec<S> by_x = s * (load(gain + d, part) * g - mean_h - z * mean_hz);
      detail::store_gradient(grad_x + d, by_x, part, accumulate_x);
    });
  }
}

}  // namespace looplab::kernels
