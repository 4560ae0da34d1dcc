// SPDX-License-Identifier: MIT
#include "looplab/train/checkpoint.hpp"

#include <set>

#include "looplab/train/evaluate.hpp"
#include "support/catch.hpp"
#include "support/random_tensor.hpp"
#include "support/small_training.hpp"
#include "support/temporary_directory.hpp"

using namespace looplab;
using looplab_test::contains;
using looplab_test::parameter_values;
using looplab_test::small_model;
using looplab_test::small_task;

namespace {

/// A model with its optimizer.
struct State {
  LoopedTransformer<float> model;
  ParameterList<float> parameters{model};
  AdamW<float> optimizer{parameters};

  explicit State(Seed seed, LoopedTransformerConfig config = small_model(small_task()))
      : model(config, seed) {
    parameters.prepare();
  }
  void some_steps(Index count) {
    for (Index t = 1; t <= count; ++t) {
      const auto gradient =
          looplab_test::random_tensor<float>({parameters.flat_size()}, concat("gradient ", t));
      kernels::AdamwStep step{.learning_rate = 0.01, .weight_decay = 0.1};
      optimizer.update(gradient.data(), 1, step.at(t), 1);
    }
  }
  [[nodiscard]] double loss() const {
    return evaluate(model, small_task(), {.num_sequences = 8}).loss;
  }
};

}  // namespace

TEST_CASE("a checkpoint is a safetensors file with weights, moments and metadata by name") {
  const looplab_test::TemporaryDirectory directory;
  State state(Seed{1});
  state.some_steps(1);
  save_checkpoint(directory / "c", state.parameters, state.optimizer, {{"step", "1"}});
  SafetensorsFile file(directory / "c");
  std::set<std::string> expected;
  for (const auto& [name, parameter] : state.parameters)
    for (const char* kind : {"model.", "adam.m.", "adam.v."}) expected.insert(kind + name);
  CHECK(std::set(file.names().begin(), file.names().end()) == expected);
  CHECK(expected.contains("adam.v.block.0.attention.qkv.bias"));
  CHECK(file.metadata() ==
        std::map<std::string, std::string>{{"format", "looplab checkpoint 1"}, {"step", "1"}});
  const auto& qkv = state.parameters.at("block.0.attention.qkv.weight");
  CHECK(std::ranges::equal(file.load<float>("model.block.0.attention.qkv.weight"), qkv.value));
  CHECK(std::ranges::equal(file.load<float>("adam.m.block.0.attention.qkv.weight"),
                           state.optimizer.first_moment(qkv)));
  CHECK(directory.count() == 1);
}

TEST_CASE("weights read into a fresh model give the same evaluation") {
  const looplab_test::TemporaryDirectory directory;
  State trained(Seed{1}), fresh(Seed{2});
  trained.some_steps(2);
  CHECK(fresh.loss() != trained.loss());
  save_checkpoint(directory / "c", trained.parameters, trained.optimizer, {});
  SafetensorsFile file = open_checkpoint(directory / "c");
  load_parameters(file, fresh.parameters);
  CHECK(parameter_values(fresh.model) == parameter_values(trained.model));
  CHECK(fresh.loss() == trained.loss());  // packed copies were made again
}

TEST_CASE("with its moments read back, the optimizer goes on as if nothing had happened") {
  const looplab_test::TemporaryDirectory directory;
  State going(Seed{1}), continued(Seed{2}), without_moments(Seed{2});
  going.some_steps(2);
  save_checkpoint(directory / "c", going.parameters, going.optimizer, {});
  SafetensorsFile file = open_checkpoint(directory / "c");
  load_checkpoint(file, continued.parameters, continued.optimizer);
  load_parameters(file, without_moments.parameters);
  for (State* state : {&going, &continued, &without_moments}) state->some_steps(2);
  CHECK(parameter_values(continued.model) == parameter_values(going.model));
  CHECK(parameter_values(without_moments.model) != parameter_values(going.model));
}

TEST_CASE("a checkpoint of another shape changes neither weights nor moments") {
  const looplab_test::TemporaryDirectory directory;
  LoopedTransformerConfig wide = small_model(small_task());
  wide.d_feed_forward = 64;  // the embedding, read first, would fit
  State other(Seed{1}, wide), state(Seed{2}), untouched(Seed{2});
  other.some_steps(1);
  save_checkpoint(directory / "c", other.parameters, other.optimizer, {});
  SafetensorsFile file = open_checkpoint(directory / "c");
  CHECK_THROWS_AS(load_checkpoint(file, state.parameters, state.optimizer), ShapeError);
  CHECK_THROWS_WITH(load_parameters(file, state.parameters),
                    contains("model.block.0.feed_forward.gate_up.weight is F32 [16, 128]") &&
                        contains("expected F32 [16, "));
  state.some_steps(1);
  untouched.some_steps(1);
  CHECK(parameter_values(state.model) == parameter_values(untouched.model));
}

TEST_CASE("what is no checkpoint is refused by one sentence") {
  const looplab_test::TemporaryDirectory directory;
  State state(Seed{1});
  CHECK_THROWS_AS(open_checkpoint(directory / "missing"), FileError);
  write_file_atomically(directory / "text", std::string_view("once upon a time"));
  CHECK_THROWS_AS(open_checkpoint(directory / "text"), FileError);

  SafetensorsWriter other;
  other.metadata("format", "pt");
  other.add("x", state.parameters[0].parameter->value.view());
  other.write(directory / "other");
  CHECK_THROWS_WITH(open_checkpoint(directory / "other"),
                    contains("other: format is pt, expected looplab checkpoint 1"));

  save_checkpoint(directory / "c", state.parameters, state.optimizer, {});
  const std::string whole = read_file(directory / "c");
  for (const std::size_t bytes :
       {std::size_t{0}, std::size_t{7}, whole.size() / 2, whole.size() - 1}) {
    write_file_atomically(directory / "cut", std::string_view(whole).substr(0, bytes));
    CHECK_THROWS_AS(open_checkpoint(directory / "cut"), FileError);
  }
}

TEST_CASE("an unwritable place is refused and leaves nothing behind") {
  const looplab_test::TemporaryDirectory directory;
  State state(Seed{1});
  CHECK_THROWS_AS(save_checkpoint(directory / "no/such/c", state.parameters, state.optimizer, {}),
                  FileError);
  CHECK(directory.count() == 0);
}
