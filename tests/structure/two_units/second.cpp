// SPDX-License-Identifier: MIT
#include "looplab/looplab.hpp"

looplab::Index size_in_second_unit(const looplab::Tensor<float>& x) { return x.size(); }
