// SPDX-License-Identifier: MIT
#include "looplab/models/exit_rule.hpp"

#include "support/catch.hpp"

using namespace looplab;
using looplab_test::contains;

namespace {

struct Even {  // the least that a rule is
  static constexpr std::string_view kName = "even";
  static constexpr Needs kNeeds = Needs::nothing;
  bool leaves(const LoopRow& row) const { return row.loop % 2 == 0; }
};

struct Late {
  static constexpr std::string_view kName = "late";
  static constexpr Needs kNeeds = Needs::gate | Needs::target;
  double threshold;
  Index offset = 0;
  bool leaves(const LoopRow& row) const {
    return static_cast<double>(row.loop + offset) > threshold;
  }
  void validate() const {
    require<ConfigError>(threshold > 0, "exit rule late: threshold is ", threshold);
  }
};

struct Nameless {
  static constexpr Needs kNeeds = Needs::nothing;
  bool leaves(const LoopRow&) const { return true; }
};

static_assert(ExitRule<Even> && ExitRule<Late> && !ExitRule<Nameless> && !ExitRule<int>);
static_assert(!includes(Needs::logits | Needs::previous, Needs::state));
static_assert(includes(Needs::logits | Needs::previous, Needs::previous));

}  // namespace

TEST_CASE("any exit rule keeps the rule's name, needs, threshold and decision") {
  LoopRow row;
  row.loop = 3;
  const AnyExitRule even = Even{}, late = Late{4, 2}, later = Late{5, 2};
  CHECK((even.name() == "even" && even.threshold() == 0 && !even.leaves(row)));
  CHECK((late.name() == "late" && late.threshold() == 4 && late.leaves(row)));
  CHECK(!later.leaves(row));
  CHECK((late.needs(Needs::gate) && late.needs(Needs::target) && !late.needs(Needs::logits)));
  CHECK_THROWS_WITH(AnyExitRule(Late{-1}), "exit rule late: threshold is -1");
}

TEST_CASE("entropy is in nats and does not overflow") {
  CHECK(entropy(std::vector<double>{7, 7, 7, 7}) == Approx(std::log(4)));
  CHECK(entropy(std::vector<double>{1000, 0, -1000}) == Approx(0).margin(1e-12));
  CHECK(entropy(std::vector<double>{std::log(0.25), std::log(0.75)}) ==
        Approx(-0.25 * std::log(0.25) - 0.75 * std::log(0.75)));
  CHECK(log_sum_exp(std::vector<double>{1000, 1000}) == Approx(1000 + std::log(2)));
  CHECK_THROWS_WITH(entropy({}), contains("an exit rule that reads them states Needs::logits"));
}

TEST_CASE("geometric steps have one ratio and both ends") {
  const std::vector<double> steps = geometric_steps(1e-3, 10, 5);
  REQUIRE(steps.size() == 5);
  for (std::size_t i = 0; i < 5; ++i)
    CHECK(steps[i] == Approx(std::pow(10, static_cast<double>(i) - 3)));
  CHECK_THROWS_WITH(geometric_steps(0, 1, 3), contains("3 numbers from 0 to 1"));
  CHECK_THROWS_WITH(geometric_steps(1, 2, 1), contains("1 numbers"));
}
