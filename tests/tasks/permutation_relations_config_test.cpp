// SPDX-License-Identifier: MIT
#include "looplab/tasks/permutation_relations_config.hpp"

#include "support/catch.hpp"

using namespace looplab;
using looplab_test::contains;

TEST_CASE("walks are counted up to 2^62") {
  const PermutationRelationsConfig config{.num_entities = 30, .num_relations = 10};
  CHECK(config.num_walks(0) == 30);
  CHECK(config.num_walks(1) == config.num_facts());
  CHECK(config.num_walks(4) == 300000);
  CHECK(config.num_walks(17) == config.num_walks(40));  // 3e18; 10 times that exceeds 2^62
}

TEST_CASE("a share of the facts is uncomposed, and second in R walks of 2 hops each") {
  PermutationRelationsConfig config{.num_entities = 30, .num_relations = 10};
  CHECK(config.num_uncomposed() == 0);
  config.uncomposed_share = 0.1;
  CHECK(config.num_uncomposed() == 30);
  CHECK(config.num_ood_pairs() == 300);
  config.uncomposed_share = 0.0119;
  CHECK(config.num_uncomposed() == 4);
}

TEST_CASE("shares of uncomposed facts that cannot be are refused") {
  const auto refused = [](PermutationRelationsConfig config, const std::string& message) {
    CHECK_THROWS_AS(config.validate(), ConfigError);
    CHECK_THROWS_WITH(config.validate(), contains(message));
  };
  refused({.uncomposed_share = 1.5}, "uncomposed_share is 1.5, expected 0 ... 1");
  refused({.max_train_hops = 1, .first_hops = 1, .uncomposed_share = 0.2},
          "uncomposed_share 0.2 needs max_train_hops 2 or more, given 1");
  refused({.uncomposed_share = 0.1},
          "uncomposed_share 0.1 makes 25 of 250 facts uncomposed, which are second in 125 walks of "
          "2 hops, expected 200 or more for validation and test");
  refused({.uncomposed_share = 1e-4}, "makes 0 of 250 facts uncomposed");
  refused(
      {.uncomposed_share = 0.9},
      "there are 125 walks of 2 hops whose second fact is composed, expected more than the 200");
  CHECK_NOTHROW(PermutationRelationsConfig{.uncomposed_share = 0.16}.validate());
}
