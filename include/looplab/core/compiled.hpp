// SPDX-License-Identifier: MIT
//
// Where the functions of lab that are slow to compile are defined.
//
//   header-only        they are inline, in every file that includes their header
//   several files      LOOPLAB_COMPILED_LAB is defined for all of them (CMake target looplab_commands);
//                      the headers declare the functions, and one file for each group, which defines
//                      its macro before its includes, defines them:
//
//   LOOPLAB_COMPILES_MODELS    models with their training and evaluation
//   LOOPLAB_COMPILES_TASKS     tasks
//   LOOPLAB_COMPILES_LAB       all others: configurations, statistics, probes
#pragma once

#if LOOPLAB_COMPILED_LAB
#define LOOPLAB_LAB_FUNCTION
#else
#define LOOPLAB_LAB_FUNCTION inline
#endif
#define LOOPLAB_DEFINES_LAB (!LOOPLAB_COMPILED_LAB || LOOPLAB_COMPILES_LAB)
#define LOOPLAB_DEFINES_TASKS (!LOOPLAB_COMPILED_LAB || LOOPLAB_COMPILES_TASKS)
#define LOOPLAB_DEFINES_MODELS (!LOOPLAB_COMPILED_LAB || LOOPLAB_COMPILES_MODELS)
