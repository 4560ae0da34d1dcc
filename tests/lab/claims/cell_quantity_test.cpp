// SPDX-License-Identifier: MIT
#include "looplab/lab/claims/cell_quantity.hpp"

#include "looplab/lab/config/resolve_run.hpp"
#include "looplab/lab/config/run_cost.hpp"
#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::lab;

TEST_CASE("a cell has computed quantities and every number of its configuration",
          "[cell_quantity]") {
  const RunConfig people = resolve_run({{"task.kind", "biographies", ""},
                                        {"task.num_people", "32", ""},
                                        {"task.biographies_per_window", "2", ""},
                                        {"model.num_block_layers", "2", ""},
                                        {"model.num_loops", "3", ""},
                                        {"model.max_sequence_length", "100", ""},
                                        {"train.num_steps", "20", ""},
                                        {"train.batch_size", "4", ""}});
  CHECK(*cell_quantity(people, "steps") == 20);
  CHECK(*cell_quantity(people, "exposures") == 5);  // 20 x 4 x 2 / 32
  CHECK(*cell_quantity(people, "task.num_people") == 32);
  CHECK(*cell_quantity(people, "model.num_loops") == 3);
  const ModelCost cost = run_cost(people).model;
  CHECK(*cell_quantity(people, "parameters") == double(cost.unique_parameters));
  CHECK(*cell_quantity(people, "effective_parameters") == double(cost.effective_parameters));
  CHECK(*cell_quantity(people, "parameters_without_embeddings") ==
        double(cost.unique_parameters_without_embeddings));
  CHECK(cost.unique_parameters_without_embeddings < cost.unique_parameters);
  CHECK(*cell_quantity(people, "training_flop") == run_cost(people).training_flop);
  CHECK(*config_value(people, "task.kind") == "biographies");
  CHECK(*config_value(people, "train.num_steps") == "20");
  CHECK_FALSE(config_value(people, "train.people"));
  CHECK(shape_text(people) == "2 x 3");
  for (const char* none : {"task.kind", "task.people", "people", "nothing.here", ""})
    CHECK_FALSE(cell_quantity(people, none));
  CHECK_FALSE(cell_quantity(resolve_run({{"task.kind", "k_hop_induction", ""}}), "exposures"));
  CHECK(*cell_quantity(resolve_run({{"task.kind", "k_hop_induction", ""},
                                    {"train.num_steps", "20", ""},
                                    {"train.repeat_tail", "0.1", ""}}),
                       "steps") == 22);
}
