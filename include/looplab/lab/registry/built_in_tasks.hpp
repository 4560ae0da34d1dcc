// SPDX-License-Identifier: MIT
//
// The tasks of this library, with their defaults.
#pragma once

#include <vector>

#include "looplab/core/compiled.hpp"
#include "looplab/lab/registry/any_task_config.hpp"
#if LOOPLAB_DEFINES_TASKS
#include "looplab/tasks/biographies/biographies.hpp"
#include "looplab/tasks/biographies/biography_sentences.hpp"
#include "looplab/tasks/fact_composition.hpp"
#include "looplab/tasks/graph_reachability.hpp"
#include "looplab/tasks/k_hop_induction.hpp"
#include "looplab/tasks/modular_arithmetic.hpp"
#include "looplab/tasks/multi_hop_facts.hpp"
#include "looplab/tasks/permutation_relations.hpp"
#include "looplab/tasks/recorded.hpp"
#endif

namespace looplab::lab {

/// In the order of `looplab tasks`.
[[nodiscard]] std::vector<AnyTaskConfig> built_in_tasks();

#if LOOPLAB_DEFINES_TASKS
LOOPLAB_LAB_FUNCTION std::vector<AnyTaskConfig> built_in_tasks() {
  return {AnyTaskConfig::of<KHopInduction>(),
          AnyTaskConfig::of<Biographies>(),
          AnyTaskConfig::of<BiographySentences>(),
          AnyTaskConfig::of<ModularArithmetic>(),
          AnyTaskConfig::of<MultiHopFacts>(),
          AnyTaskConfig::of<FactComposition>(),
          AnyTaskConfig::of<PermutationRelations>(),
          AnyTaskConfig::of<GraphReachability>(),
          AnyTaskConfig::of<Recorded>()};
}
#endif

}  // namespace looplab::lab
