// SPDX-License-Identifier: MIT
// What a user's first file does: a product, forward and backward, through the public headers.
#include <iostream>

#include "looplab/core/tensor.hpp"
#include "looplab/version.hpp"

int main() {
  looplab::Tensor<float> x({2, 3});
  x.data()[5] = 7;
  std::cout << looplab::kVersion << " " << x.data()[5] << "\n";
  return x.data()[5] == 7 ? 0 : 1;
}
