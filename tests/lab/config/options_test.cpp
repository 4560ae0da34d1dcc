// SPDX-License-Identifier: MIT
#include "looplab/lab/config/options.hpp"

#include "looplab/models/looped_transformer_config.hpp"
#include "looplab/tasks/k_hop_induction.hpp"
#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::lab;
using looplab_test::contains;

namespace {

struct Demo {
  bool quiet = false;
  std::string name = "some";
  double rate = 0.1;
  std::vector<Index> sizes{1, 2};

  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    visit(Field{"quiet", "say nothing"}, self.quiet);
    visit(Field{"name", "a name"}, self.name);
    visit(Field{"rate", "a rate", 0, 1}, self.rate);
    visit(Field{"sizes", "some sizes", 0, 9}, self.sizes);
  }
};

}  // namespace

TEST_CASE("the command line wins over the file, the file over the defaults", "[options]") {
  LoopedTransformerConfig model;
  KHopInductionConfig task;
  const OptionSet options = OptionSet().add("task", task).add("model", model);
  options.apply(parse_ini("[model]\nnum_loops = 7\nd_model = 32\n[task]\nmax_hops = 2\n", "a.ini"));
  options.apply(parse_command_line({"--model.num_loops=8", "--model.norm", "layer"}, options));
  CHECK(model.num_loops == 8);
  CHECK(model.d_model == 32);
  CHECK(model.norm == NormKind::layer);
  CHECK(model.num_heads == LoopedTransformerConfig{}.num_heads);
  CHECK(task.max_hops == 2);
}

TEST_CASE("what ini() writes reads back to the same values", "[options]") {
  Demo demo{true, "x y", 0.1 + 0.2, {3, 4}};
  const std::string text = OptionSet().add("demo", demo).ini();
  Demo other;
  OptionSet().add("demo", other).apply(parse_ini(text, "resolved.ini"));
  CHECK(other.quiet);
  CHECK(other.name == "x y");
  CHECK(other.rate == 0.1 + 0.2);
  CHECK(other.sizes == std::vector<Index>{3, 4});
}

TEST_CASE("all problems come in one message, with the nearest key and the line", "[options]") {
  LoopedTransformerConfig model;
  const OptionSet options = OptionSet().add("model", model);
  const Settings settings =
      parse_ini("[model]\nnum_loop = 4\nd_model = wide\nnorm = rsm\n", "quick.ini");
  CHECK_THROWS_AS(options.apply(settings), ConfigError);
  CHECK_THROWS_WITH(
      options.apply(settings),
      contains("quick.ini:2: unknown key model.num_loop; did you mean model.num_loops?") &&
          contains("quick.ini:3: model.d_model is \"wide\", expected a whole number") &&
          contains("quick.ini:4: model.norm is \"rsm\", expected one of rms, layer"));
}

TEST_CASE("the command line knows flags, one bare word, and its mistakes", "[options]") {
  Demo demo;
  const OptionSet options = OptionSet().add("", demo);
  options.apply(parse_command_line({"--quiet", "word", "--rate", "0.5"}, options, "name"));
  CHECK(demo.quiet);
  CHECK(demo.name == "word");
  CHECK(demo.rate == 0.5);
  const auto parse = [&](const std::vector<std::string>& arguments) {
    return parse_command_line(arguments, options);
  };
  CHECK_THROWS_WITH(parse({"--rat=1", "--quite"}),
                    contains("unknown option rat; did you mean rate?") &&
                        contains("unknown option quite; did you mean quiet?"));
  CHECK_THROWS_WITH(parse({"--rate=1", "--rate=2"}), contains("rate was given before"));
  CHECK_THROWS_AS(parse({"--rate"}), ConfigError);
  CHECK_THROWS_WITH(parse({"word"}), contains("has to start with --"));
  CHECK_THROWS_AS(parse({"-x"}), ConfigError);
}

TEST_CASE("all problems of a command line come in one message", "[options]") {
  Demo demo;
  const OptionSet options = OptionSet().add("", demo);
  CHECK_THROWS_WITH(
      read_command_line({"--rat", "1", "word", "--sizes=12", "--rate=x", "--name", "--quiet=maybe"},
                        options, demo, ""),
      contains("unknown option rat; did you mean rate?") && contains("option name has no value") &&
          contains("word: every argument has to start with --") &&
          contains("sizes is 12, expected 0 ... 9") && contains("rate is \"x\"") &&
          contains("quiet is \"maybe\""));
}

TEST_CASE("help is made from the fields", "[options]") {
  Demo demo;
  const std::string help = OptionSet().add("demo", demo).help("Demo");
  CHECK_THAT(help, contains("--demo.rate") && contains("a rate") && contains("(0.1)"));
}
