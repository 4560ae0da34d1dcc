// SPDX-License-Identifier: MIT
#include "looplab/lab/registry/exit_rule_registry.hpp"

#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::lab;
using looplab_test::contains;

namespace {

struct LowEntropy {
  static constexpr std::string_view kName = "entropy";
  static constexpr Needs kNeeds = Needs::logits;
  double threshold = 0.1;
  bool leaves(const LoopRow& row) const { return entropy(row.logits) < threshold; }
  static std::vector<double> thresholds() { return geometric_steps(1e-3, 3, 24); }
};

std::vector<std::string> names(const std::vector<ExitRuleFamily>& families) {
  std::vector<std::string> all;
  for (const ExitRuleFamily& family : families) all.push_back(family.name);
  return all;
}

/// Forgets what a test has added.
struct Restore {
  std::vector<ExitRuleFamily> before = exit_rule_families();
  ~Restore() { exit_rule_families() = before; }
};

}  // namespace

TEST_CASE("rules are listed in one order, those of a gate only where there is one") {
  using Names = std::vector<std::string>;
  CHECK(names(exit_rules_named("", true)) ==
        Names{"fixed", "gate", "difference", "divergence", "oracle"});
  CHECK(names(exit_rules_named("", false)) == Names{"fixed", "difference", "divergence", "oracle"});
  CHECK(names(exit_rules_named("oracle,gate", false)) == Names{"oracle", "gate"});
  CHECK_THROWS_WITH(exit_rules_named("gaet", true), contains("did you mean gate?"));
}

TEST_CASE("families make rules at thresholds") {
  for (const ExitRuleFamily& family : exit_rule_families())
    for (double threshold : family.thresholds(3, 16)) {
      const AnyExitRule rule = family.make(threshold);
      CHECK((rule.name() == family.name && rule.needs() == family.needs));
      CHECK(rule.threshold() == threshold);
    }
  CHECK_THROWS_WITH(exit_rules_named("gate", true)[0].make(2), contains("q is 2"));
}

TEST_CASE("a rule of the user's own is known once it is added, and once only") {
  const Restore restore;
  add_exit_rule<LowEntropy>();
  const ExitRuleFamily mine = exit_rules_named("entropy", false)[0];
  CHECK((mine.reads_the_model_only() && mine.fits(false)));
  CHECK(mine.thresholds(3, 16).size() == 24);
  CHECK(mine.make(0.5).threshold() == 0.5);
  CHECK_THROWS_WITH(add_exit_rule<LowEntropy>(),
                    contains("there is already an exit rule entropy"));
}
