// SPDX-License-Identifier: MIT
// Kernels are for float and double.
// expect: constraints not satisfied|does not satisfy 'Real|no matching function
#include "looplab/kernels/normalization.hpp"

int main() {
#ifdef WRONG
  using Scalar = int;
#else
  using Scalar = double;
#endif
  Scalar x[2] = {3, 4}, gain[2] = {1, 1}, y[2], inverse_rms[1];
  looplab::kernels::rms_norm_forward<Scalar>(x, gain, y, inverse_rms, 1, 2, Scalar{0});
}
