// SPDX-License-Identifier: MIT
// Two translation units include every header and are linked: no definition may occur twice.
#include <iostream>

#include "looplab/looplab.hpp"

looplab::Index size_in_second_unit(const looplab::Tensor<float>& x);

int main() {
  const looplab::Tensor<float> x({2, 3});
  const looplab::Index size = size_in_second_unit(x);
  std::cout << "looplab " << looplab::kVersion << ", " << size << " elements\n";
  return size == x.size() ? 0 : 1;
}
