// SPDX-License-Identifier: MIT
#include "looplab/tasks/multi_hop_config.hpp"

#include "support/catch.hpp"

using namespace looplab;
using looplab_test::contains;

TEST_CASE("sizes of the published multi-hop questions") {
  const MultiHopFactsConfig paper{.people_per_layer = 100,
                                  .num_relations = 20,
                                  .min_hops = 3,
                                  .atomic_facts = false,
                                  .train_share = 0.15,
                                  .validation_share = 0.00375,
                                  .test_share = 0.00375,
                                  .prompt = PromptForm::sentence};
  CHECK_NOTHROW(paper.validate());
  CHECK(paper.hops() == std::vector<Index>{3});
  CHECK(paper.num_questions(3) == 8e5);  // 100 * 20^3
  CHECK(MultiHopFactsConfig::share_of(800000, paper.train_share) == 120000);
  CHECK(MultiHopFactsConfig::share_of(800000, paper.test_share) == 3000);
}

TEST_CASE("a share is rounded down, but not below a whole number it means") {
  for (Index percent = 0; percent <= 100; ++percent)
    CHECK(MultiHopFactsConfig::share_of(100, 0.01 * static_cast<double>(percent)) == percent);
  CHECK(MultiHopFactsConfig::share_of(10, 0.19) == 1);
  CHECK(MultiHopFactsConfig::share_of(100000000, 0.1) == 10000000);
}

TEST_CASE("facts take the place of questions of one hop, from all layers") {
  MultiHopFactsConfig config{.num_layers = 5, .people_per_layer = 7, .min_hops = 3, .max_hops = 4};
  CHECK(config.hops() == std::vector<Index>{1, 3, 4});
  CHECK(config.are_facts(1));
  CHECK(config.num_starts(1) == 28);
  CHECK(config.num_starts(3) == 7);
  config.min_hops = 1;
  CHECK(config.hops() == std::vector<Index>{1, 2, 3, 4});
  config.atomic_facts = false;
  config.start_layers = 3;
  CHECK(config.hops() == std::vector<Index>{1, 2, 3, 4});
  CHECK(config.num_starts(1) == 21);
  CHECK(config.num_starts(3) == 14);  // from the third layer on, three hops leave the graph
  CHECK(config.num_starts(4) == 7);
}

TEST_CASE("a multi-hop config names all its problems at once") {
  const MultiHopFactsConfig config{.num_layers = 4,
                                   .min_hops = 6,
                                   .max_hops = 5,
                                   .start_layers = 4,
                                   .train_share = 0.9,
                                   .sequence_length = 6};
  CHECK_THROWS_AS(config.validate(), ConfigError);
  CHECK_THROWS_WITH(
      config.validate(),
      contains("min_hops 6 exceeds max_hops 5") &&
          contains("max_hops 5 needs num_layers 6 or more, given 4") &&
          contains("start_layers 4 leaves no layer to hop to, expected at most 3") &&
          contains("train_share 0.9, validation_share 0.1 and test_share 0.1 add up to more") &&
          contains("sequence_length 6 is shorter than a question of 5 hops, which takes 7"));
}

TEST_CASE("names of several tokens lengthen a question, before and after its mark") {
  MultiHopFactsConfig config{.people_per_layer = 8, .name_tokens = 3, .sequence_length = 8};
  CHECK(config.name_base() == 2);
  CHECK(config.document_length(3) == 3 + 3 + 1 + 2);
  CHECK_THROWS_WITH(config.validate(), contains("sequence_length 8 is shorter than a question of 3 "
                                                "hops, which takes 9"));
  config.sequence_length = 9;
  CHECK_NOTHROW(config.validate());
  config.name_tokens = 17;
  CHECK_THROWS_WITH(config.validate(), contains("name_tokens is 17"));
}

TEST_CASE("multi-hop splits that leave an empty set are refused, and so is a mix that fits not") {
  const auto refused = [](MultiHopFactsConfig config, const std::string& message) {
    CHECK_THROWS_WITH(config.validate(), contains(message));
  };
  const MultiHopFactsConfig small{.people_per_layer = 3,
                                  .num_relations = 2};  // 12 and 24 questions
  auto config = small;
  config.train_share = 0;
  refused(config, "train_share 0 leaves an empty set: there are 12 questions of 2 hops");
  config = small;
  config.test_share = 0.05;
  refused(config, "test_share 0.05 leaves an empty set: there are 12 questions of 2 hops");
  config = small;
  config.validation_share = 0.08;
  refused(config, "validation_share 0.08 leaves an empty set");
  config.validation_share = 0.1;
  CHECK_NOTHROW(config.validate());
  refused({.mix = {1, 2}}, "mix has 2 weights, expected 3");
  refused({.mix = {1, 0, 1}}, "mix is 0");
  refused({.num_layers = 20, .num_relations = 100, .max_hops = 6},
          "questions of 4 hops, expected at most");
  refused({.num_relations = 1}, "num_relations is 1");
  refused({.train_share = -0.1}, "train_share is -0.1");
}
