// SPDX-License-Identifier: MIT
#include "looplab/lab/registry/models/own_model_of.hpp"

#include "support/catch.hpp"
#include "support/small_training.hpp"

using namespace looplab;
using namespace looplab::lab;
using looplab_test::contains;

namespace {

/// A looped transformer under another name, with three keys.
struct Renamed : LoopedTransformer<float> {
  static constexpr std::string_view kName = "renamed";
  static constexpr int kVersion = 2;
  struct Config {
    Index vocab_size = 0, width = 8, num_loops = 3;
    static void for_each_field(auto& self, auto&& visit) {
      visit(Field{"vocab_size", "number of tokens", 0, 1e6}, self.vocab_size);
      visit(Field{"width", "width of the model", 8, 64}, self.width);
      visit(Field{"num_loops", "number of loops", 1, 64}, self.num_loops);
    }
  };
  static LoopedTransformerConfig transformer(const Config& c) {
    return {
        .vocab_size = c.vocab_size, .d_model = c.width, .num_heads = 1, .num_loops = c.num_loops};
  }
  Renamed(const Config& c, Seed seed) : LoopedTransformer<float>(transformer(c), seed) { ++made; }
  static inline int made = 0;
};

/// The same with a list of its parameters, `extra` too many, and with its own FLOP.
struct Listed : Renamed {
  using Renamed::Renamed;
  static inline Index extra = 0;
  static ParameterShapes parameter_shapes(const Config& c) {
    ParameterShapes shapes;
    for (const ModelParameter& p : looplab::parameter_shapes(transformer(c).resolved()))
      shapes.push_back(p);
    if (extra > 0) shapes.push_back({"extra", Role::weight, {extra}});
    return shapes;
  }
  static double flop_per_token(const Config& c, Index sequence_length, Index num_loops) {
    return static_cast<double>(c.width * 1000 + sequence_length * 10 + num_loops);
  }
};

/// Settings of a model of type M for three tokens.
template <class M>
[[nodiscard]] OwnModel for_three_tokens() {
  OwnModel model = own_model_of<M>();
  model->vocab_size() = 3;
  return model;
}

}  // namespace

TEST_CASE("a type of model of one's own is bound to keys, copied and made") {
  OwnModel model = own_model_of<Renamed>();
  OptionSet options;
  model->bind(options);
  options.apply({{"model.width", "16", "here"}});
  const AnyTask task{looplab_test::small_task()};
  model->vocab_size() = task.vocab_size();
  const OwnModel copy = model;
  options.apply({{"model.width", "32", "here"}});  // of the first alone
  CHECK(copy->json()["kind"] == "renamed");
  CHECK(copy->json()["version"] == 2);
  CHECK(copy->json()["width"] == 16);
  CHECK(copy->num_loops() == 3);
  AnyModel made = copy->make(Seed{1});
  const auto& embedding = made.parameters().at("embedding.weight").value;
  CHECK(embedding.shape() == Shape{task.vocab_size(), 16});
  CHECK(made.evaluate(task, {.num_sequences = 2}).total.count > 0);
  Problems problems;
  options.apply({{"model.width", "4", "here"}});
  model->check(problems);
  CHECK_THROWS_WITH(problems.throw_if_any("model"), contains("width is 4"));
}

TEST_CASE("an unknown type of model is refused by name") {
  CHECK_FALSE(own_model("looped_transformer"));
  own_models().push_back(own_model_of<Renamed>());
  CHECK(own_model("renamed")->name() == "renamed");
  CHECK_THROWS_WITH(own_model("renamd"), contains("did you mean renamed?"));
  own_models().clear();
}

TEST_CASE("a model of one's own is made once to count its parameters") {
  const OwnModel model = for_three_tokens<Renamed>();
  Renamed::made = 0;
  const ModelCost one = model->cost(9, 1), five = OwnModel(model)->cost(9, 5);
  CHECK(Renamed::made == 1);
  const ModelCost expected = model_cost(Renamed::transformer({.vocab_size = 3}), 9);
  CHECK(one.unique_parameters == expected.unique_parameters);
  CHECK(one.unique_parameters_without_embeddings == expected.unique_parameters_without_embeddings);
  CHECK(one.flop_per_token == 6 * static_cast<double>(one.unique_parameters));
  CHECK(five.flop_per_token == 5 * one.flop_per_token);
  CHECK(five.unique_parameters == one.unique_parameters);
}

TEST_CASE("a model of one's own can list its parameters and state its FLOP") {
  const OwnModel model = for_three_tokens<Listed>();
  Renamed::made = 0;
  const ModelCost cost = model->cost(9, 4);
  CHECK(Renamed::made == 0);
  CHECK(cost.unique_parameters == for_three_tokens<Renamed>()->cost(9, 4).unique_parameters);
  CHECK(cost.flop_per_token == 8094);
  CHECK_NOTHROW((void)model->make(Seed{1}));
  Listed::extra = 5;
  CHECK_THROWS_WITH(model->make(Seed{1}),
                    contains("renamed: parameter_shapes lists") && contains("creates"));
  Listed::extra = 0;
}
