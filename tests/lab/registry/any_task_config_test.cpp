// SPDX-License-Identifier: MIT
#include "looplab/lab/registry/any_task_config.hpp"

#include "looplab/tasks/biographies/biographies.hpp"
#include "looplab/tasks/k_hop_induction.hpp"
#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::lab;

namespace {

/// A task that fills in one of its fields and gives its length by itself alone.
struct FilledConfig {
  Index alphabet_size = 3, filled = 0;
  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    visit(Field{"alphabet_size", "letters", 2, 9}, self.alphabet_size);
    visit(Field{"filled", "0: by the task", 0, 9}, self.filled);
  }
};
struct Filled : KHopInduction {
  static constexpr std::string_view kName = "filled", kHelp = "fills in a field";
  FilledConfig own;
  explicit Filled(FilledConfig config)
      : KHopInduction({.alphabet_size = config.alphabet_size}), own(config) {
    own.filled = 7;
  }
  [[nodiscard]] FilledConfig config() const { return own; }
};

}  // namespace

TEST_CASE("a task's configuration is a value", "[lab]") {
  AnyTaskConfig config = AnyTaskConfig::of<KHopInduction>({.alphabet_size = 5}), copy = config;
  OptionSet options;
  copy.add_to(options);
  CHECK(options.keys() == std::vector<std::string>{"task.sequence_length", "task.alphabet_size",
                                                   "task.min_hops", "task.max_hops"});
  options.apply({{"task.alphabet_size", "6", "here"}});
  CHECK(copy.as<KHopInduction>().alphabet_size == 6);
  CHECK(config.as<KHopInduction>().alphabet_size == 5);
  config = copy;
  CHECK(config.as<KHopInduction>().alphabet_size == 6);
  CHECK(make_task(config).vocab_size() == 6 + 4 + 1);
  CHECK_THROWS_AS(make_task(AnyTaskConfig::of<KHopInduction>({.alphabet_size = 1})), ConfigError);
}

TEST_CASE("a task's configuration knows its kind and struct", "[lab]") {
  const AnyTaskConfig config = AnyTaskConfig::of<KHopInduction>({.sequence_length = 9});
  CHECK(task_kind(config) == "k_hop_induction");
  CHECK(
      to_json(config).dump() ==
      R"({"kind":"k_hop_induction","sequence_length":9,"alphabet_size":4,"min_hops":1,"max_hops":4})");
  CHECK(config.kind_json().dump() == R"({"kind":"k_hop_induction"})");
  CHECK(config.is<KHopInduction>());
  CHECK_FALSE(config.is<Biographies>());
  CHECK_THROWS_WITH(config.as<Biographies>(), "the task is k_hop_induction, not biographies");
}

TEST_CASE("fields that a task fills in become part of its configuration", "[lab]") {
  AnyTaskConfig config = AnyTaskConfig::of<Filled>({.alphabet_size = 5});
  CHECK(config.resolve().vocab_size() == 5 + 4 + 1);
  CHECK(config.as<Filled>().filled == 7);
}

TEST_CASE("lengths and exposures follow from a configuration", "[lab]") {
  CHECK(AnyTaskConfig::of<KHopInduction>({.sequence_length = 9}).sequence_length() == 9);
  CHECK(AnyTaskConfig::of<Filled>().sequence_length() == KHopInductionConfig{}.sequence_length);
  const BiographiesConfig people{.num_people = 60, .biographies_per_window = 2};
  CHECK(AnyTaskConfig::of<Biographies>(people).exposures(90) == 3);
  CHECK(AnyTaskConfig::of<Filled>().exposures(90) == 0);
}
