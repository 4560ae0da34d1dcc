// SPDX-License-Identifier: MIT
#include "looplab/lab/claims/rate_choice.hpp"

#include "looplab/lab/config/resolve_run.hpp"
#include "support/catch.hpp"
#include "support/claim_files.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

namespace {

/// A parabola in log2 rate with its maximum 1 at `best`, at the rates 1 2 4 8.
TunedCell arm(std::string name, Index loops, double best, std::string arm = "same") {
  TunedCell cell{std::move(name), loops, std::move(arm), {}};
  for (double at : {0., 1., 2., 3.})
    cell.values.push_back({1 - 0.1 * std::pow(at - std::log2(best), 2)});
  return cell;
}
const std::vector<double> kRates{1, 2, 4, 8};

std::vector<ChosenRate> choose(const std::vector<TunedCell>& cells) {
  return choose_rates(cells, rate_optima(cells, kRates, Goal::highest), 2);
}

Cell cell_named(const std::string& name, Index loops) {
  Cell cell{name, "", {}};
  cell.config.loops.trained = loops;
  return cell;
}

RunConfig tiny_run(const std::string& more = "") {
  return resolve_run(parse_ini(kTinyRun + more, "tiny.ini"));
}

}  // namespace

TEST_CASE("arms that differ in loops alone share the geometric mean of near optima", "[rates]") {
  const auto chosen = choose({arm("2x1", 1, 4), arm("2x4", 4, 2.5), arm("8x1", 1, 7, "deep")});
  CHECK(chosen[0].optimum.rate == Approx(4));
  CHECK(chosen[1].optimum.rate == Approx(2.5));
  CHECK(chosen[0].rate() == 3.2);  // sqrt 10
  CHECK(chosen[1].rate() == 3.2);
  CHECK(chosen[0].own == 4);
  CHECK(chosen[2].rate() == 7);
  CHECK_FALSE(chosen[2].shared);
  const auto three = choose({arm("1x1", 1, 2), arm("1x2", 2, 3), arm("1x4", 4, 4)});
  for (const ChosenRate& choice : three) CHECK(choice.rate() == 2.9);  // the cube root of 24
}

TEST_CASE("arms keep their own rates beyond one grid step, and share at one step", "[rates]") {
  const auto beyond = choose({arm("2x1", 1, 4.2), arm("2x4", 4, 2)});
  CHECK(beyond[0].rate() == 4.2);
  CHECK(beyond[1].rate() == 2);
  CHECK(beyond[0].shared == 2.9);                                   // shown beside it
  const auto step = choose({arm("2x1", 1, 16), arm("2x4", 4, 4)});  // the first is moved to 8
  CHECK(step[0].optimum.rate == 8);
  CHECK(step[0].rate() == 5.7);
  CHECK(step[1].rate() == 5.7);
}

TEST_CASE("cells with equal loops are no arms of one question", "[rates]") {
  const auto chosen = choose({arm("2x4", 4, 4), arm("2x4_bare", 4, 2.5)});
  CHECK(chosen[0].rate() == 4);
  CHECK(chosen[1].rate() == 2.5);
  CHECK_FALSE(chosen[0].shared);
}

TEST_CASE("configurations are arms of one question if loops alone differ", "[rates]") {
  const RunConfig once = tiny_run("[model]\nnum_loops = 1\n");
  const std::string arm = arm_without_loops(once);
  CHECK(arm_without_loops(tiny_run("[model]\nnum_loops = 4\n")) == arm);
  CHECK(arm_without_loops(tiny_run("[model]\nnum_loops = 4\nloop_norm = once\n")) == arm);
  CHECK(arm_without_loops(tiny_run("[train]\nlearning_rate = 0.5\nnum_loops = 2\n")) == arm);
  CHECK(arm_without_loops(tiny_run("[evaluation]\ntest_loops = 1,2\n")) == arm);
  for (const char* other : {"[model]\nnum_block_layers = 2\n", "[model]\nmax_loops = 8\n",
                            "[train]\nwarmup_steps = 2\n", "[train]\nloss_per_loop = every\n"})
    CHECK(arm_without_loops(tiny_run(other)) != arm);
  std::string one_hop = kTinyRun;
  one_hop.replace(one_hop.find("max_hops = 2"), 12, "max_hops = 1");
  CHECK(arm_without_loops(resolve_run(parse_ini(one_hop, "tiny.ini"))) != arm);
}

TEST_CASE("a cell takes its rate from the name that begins its own, else from loops alike",
          "[rates]") {
  std::vector<TunedCell> cells;
  for (const auto& [name, loops] : std::vector<std::pair<std::string, Index>>{
           {"16_2x1", 1}, {"16_2x4", 4}, {"32_2x1", 1}, {"32_2x4", 4}, {"32_2x4_long", 4}})
    cells.push_back({name, loops, "", {}});
  const auto giver = [&](const std::string& name, Index loops) {
    return cells.at(rate_giver(cells, name, loops).value()).name;
  };
  CHECK(giver("16_2x1", 1) == "16_2x1");
  CHECK(giver("16_2x1_n384", 1) == "16_2x1");
  CHECK(giver("32_2x4_bare", 4) == "32_2x4");
  CHECK(giver("32_2x4_long_bare", 4) == "32_2x4_long");
  CHECK(giver("16_2x1_random", 8) == "16_2x1");  // a beginning goes before loops
  CHECK(giver("16_2x16", 16) == "16_2x4");       // 16_2x1 is another number
  CHECK(giver("16_8x1", 1) == "16_2x1");
  CHECK(giver("32_1x2", 2) == "32_2x4");
  CHECK(giver("32_1x1", 1) == "32_2x1");
  CHECK(giver("64_2x4", 4) == "16_2x4");  // nothing in common: the first
  CHECK(rate_giver({{"1x1", 1, "", {}}, {"1x8", 8, "", {}}}, "1x4_every", 4) == 1u);
  CHECK_FALSE(rate_giver({{"1x1", 1, "", {}}}, "1x4", 4));
  CHECK_FALSE(rate_giver({{"1x4", 4, "", {}}}, "1x1", 1));
}

TEST_CASE("notes state what was shared, what was not, and where there was no fit", "[rates]") {
  const auto notes = [](const std::vector<TunedCell>& cells, Goal goal = Goal::highest) {
    return choice_notes(cells, rate_optima(cells, kRates, goal), goal, 2);
  };
  CHECK(notes({arm("2x1", 1, 4), arm("2x4", 4, 2.5)}) ==
        "2x1, 2x4 differ in the number of loops alone.\nTheir optima are a factor of 1.6 apart, at "
        "most one grid step (2): they share the geometric mean.\n");
  CHECK_THAT(notes({arm("2x1", 1, 4.2), arm("2x4", 4, 2)}),
             contains("2.1 apart, more than one grid step (2): each keeps its own."));
  CHECK(notes({arm("2x1", 1, 4)}).empty());
  CHECK_THAT(notes({arm("2x1", 1, 4)}, Goal::lowest),
             contains("Cell 2x1 has a parabola without a minimum: its optimum is the rate of the "
                      "best mean."));
  TunedCell few = arm("2x1", 1, 4);
  few.values[2] = few.values[3] = {std::numeric_limits<double>::quiet_NaN()};
  CHECK_THAT(notes({few}),
             contains("fewer than 3 rates: its optimum is the rate of the best mean"));
}

TEST_CASE("the table of choices shows each fit at its own rate and at the shared one", "[rates]") {
  std::vector<TunedCell> cells{arm("2x1", 1, 4), arm("2x4", 4, 2.5), arm("8x1", 1, 7, "deep")};
  cells[2].values = {{1}, {0}, {0}, {2}};  // no maximum
  // 1 - .1 log2(3.2 / 4)^2 = .98964, 1 - .1 log2(3.2 / 2.5)^2 = .98732
  CHECK(terminal_text(choice_table(cells, choose(cells))) ==
        "cell  optimum  fit there  shared rate  fit at it\n"
        "----  -------  ---------  -----------  ---------\n"
        "2x1   4        1          3.2          0.9896\n"
        "2x4   2.5      1          3.2          0.9873\n"
        "8x1   8        no fit\n");
  CHECK_THAT(terminal_text(choice_table({cells[0]}, choose({cells[0]}))), !contains("shared rate"));
}

TEST_CASE("chosen rates are a file with the notes they were chosen by", "[rates]") {
  const std::vector<TunedCell> cells{arm("1x1", 1, 4), arm("1x4", 4, 2.5)};
  const std::string text = rates_ini(
      "two notes\n\nin lines\n",
      {cell_named("1x1", 1), cell_named("1x1_data", 1), cell_named("1x4", 4), cell_named("2x2", 2)},
      cells, choose(cells));
  CHECK(text ==
        "# Written by `looplab tune`: not to be edited.\n"
        "# two notes\n"
        "#\n"
        "# in lines\n"
        "\n[cell.1x1]\ntrain.learning_rate = 3.2\n"
        "\n[cell.1x1_data]\ntrain.learning_rate = 3.2  # of 1x1\n"
        "\n[cell.1x4]\ntrain.learning_rate = 3.2\n"
        "\n[cell.2x2]\ntrain.learning_rate = 3.2  # of 1x4\n");
  const Settings settings = parse_ini(text, "rates.ini");
  CHECK(last_value(settings, "cell.1x1.train.learning_rate") == "3.2");
  CHECK(last_value(settings, "cell.1x1_data.train.learning_rate") == "3.2");
  CHECK(settings.size() == 4);
}
