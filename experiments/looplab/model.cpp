// SPDX-License-Identifier: MIT
//
// The one file that compiles training and evaluation of LoopedTransformer<float>.
#define LOOPLAB_COMPILES_MODELS 1
#include "looplab/lab/registry/models/looped_transformer_model.hpp"
