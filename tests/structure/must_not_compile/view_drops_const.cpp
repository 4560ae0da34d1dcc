// SPDX-License-Identifier: MIT
// A view of constant elements must not allow writing them.
// expect: conversion from .* requested|no viable conversion
#include "looplab/core/tensor.hpp"

int main() {
  looplab::Tensor<float> x({2, 3});
  const looplab::TensorView<float> writable(x.data(), x.shape());
  const looplab::TensorView<const float> readable = writable;
#ifdef WRONG
  const looplab::TensorView<float> back = readable;
#else
  const looplab::TensorView<const float> back = readable;
#endif
  return static_cast<int>(back[0]);
}
