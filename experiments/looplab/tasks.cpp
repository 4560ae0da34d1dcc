// SPDX-License-Identifier: MIT
//
// The one file that compiles every task.
#define LOOPLAB_COMPILES_TASKS 1
#include "looplab/lab/registry/built_in_tasks.hpp"
