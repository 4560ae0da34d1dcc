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
  Renamed(const Config& c, Seed seed)
      : LoopedTransformer<float>({.vocab_size = c.vocab_size,
                                  .d_model = c.width,
                                  .num_heads = 1,
                                  .num_loops = c.num_loops},
                                 seed) {}
};

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
