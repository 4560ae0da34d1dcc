// SPDX-License-Identifier: MIT
#include "looplab/autograd/ops_nn.hpp"

int main() {}
