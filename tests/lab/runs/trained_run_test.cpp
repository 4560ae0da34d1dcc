// SPDX-License-Identifier: MIT
#include "looplab/lab/runs/trained_run.hpp"

#include "looplab/lab/registry/models/own_model_of.hpp"
#include "looplab/tasks/k_hop_induction.hpp"
#include "support/program_call.hpp"
#include "support/small_training.hpp"
#include "support/temporary_directory.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

namespace {

/// A task, a model and an objective of the user's own in an edition of their code.
template <int kEdition>
struct OwnTask : KHopInduction {
  static constexpr std::string_view kName = "own_task", kHelp = "k-hop induction";
  static constexpr int kVersion = kEdition;
  using KHopInduction::KHopInduction;
};
template <int kEdition>
struct OwnTransformer : LoopedTransformer<float> {
  static constexpr std::string_view kName = "own_model";
  static constexpr int kVersion = kEdition;
  struct Config {
    Index vocab_size = 0, num_loops = 2;
    static void for_each_field(auto& self, auto&& visit) {
      visit(Field{"vocab_size", "number of tokens", 0, 1e6}, self.vocab_size);
      visit(Field{"num_loops", "number of loops", 1, 64}, self.num_loops);
    }
  };
  OwnTransformer(const Config& c, Seed seed)
      : LoopedTransformer<float>({.vocab_size = c.vocab_size, .d_model = 8, .num_heads = 1}, seed) {
  }
};
template <int kEdition>
struct OwnLoss {
  static constexpr ObjectiveName kName{"own_loss", kEdition};
  template <TokenModel M>
  auto operator()(const ScoredWindows<M>& windows) const {
    return windows.loss(windows.last_state()).loss;
  }
};

/// The program's own parts in these editions; none at the end of a test.
struct OwnParts {
  std::vector<AnyTaskConfig> tasks = registered_tasks();
  template <int kTask, int kModel, int kLoss>
  void become() {
    forget();
    register_task<OwnTask<kTask>>();
    own_models().push_back(own_model_of<OwnTransformer<kModel>>());
    own_objectives().push_back(own_objective_of<OwnLoss<kLoss>, OwnTransformer<kModel>>());
  }
  void forget() const {
    registered_tasks() = tasks;
    own_models().clear();
    own_objectives().clear();
  }
  ~OwnParts() { forget(); }
};

}  // namespace

TEST_CASE("a trained run has the weights and settings of its folder", "[program]") {
  const TemporaryDirectory directory;
  const std::string folder = (directory / "run").string();
  REQUIRE(call({"train", "--task.sequence_length=9", "--task.alphabet_size=3", "--task.max_hops=2",
                "--model.d_model=8", "--model.num_heads=1", "--train.num_steps=3",
                "--train.batch_size=4", "--evaluation.num_sequences=8", "--out=" + folder})
              .code == 0);
  const TrainedRun run("exits", folder);
  CHECK(run.config.train.num_steps == 3);
  CHECK(run.task.name() == "k_hop_induction");
  CHECK(run.evaluation().num_sequences == 8);
  SafetensorsFile file = open_checkpoint(directory / "run" / "checkpoint.safetensors");
  const LoopedTransformer<float>& model = run.model.looped_transformer("test");
  for (const auto& [name, values] : parameter_values(model)) {
    const Parameter<float>& parameter =
        ParameterList<float>(const_cast<LoopedTransformer<float>&>(model)).at(name);
    Tensor<float> stored(parameter.value.shape());
    file.read("model." + name, stored.view());
    CHECK(std::ranges::equal(stored, values));
  }
}

TEST_CASE("a folder without a trained run is refused by one sentence", "[program]") {
  const TemporaryDirectory directory;
  CHECK_THROWS_WITH(TrainedRun("trace", ""), contains("trace: the folder of a run is missing"));
  CHECK_THROWS_AS(TrainedRun("trace", (directory / "none").string()), FileError);
}

TEST_CASE("a run of another version of a user's own parts is refused", "[program]") {
  const TemporaryDirectory directory;
  const std::string folder = (directory / "run").string();
  OwnParts parts;
  parts.become<1, 1, 1>();
  const Said trained =
      call({"train", "--task.kind=own_task", "--task.sequence_length=9", "--model.kind=own_model",
            "--objective.kind=own_loss", "--train.num_steps=2", "--train.batch_size=2",
            "--evaluation.num_sequences=4", "--out=" + folder});
  CAPTURE(trained.err);
  REQUIRE(trained.code == 0);
  CHECK_NOTHROW(TrainedRun("evaluate", folder));
  parts.become<2, 1, 1>();
  check_refused({"evaluate", folder}, 2, {"version 1 of the task own_task", "has version 2"});
  parts.become<1, 3, 1>();
  check_refused({"evaluate", folder}, 2, {"version 1 of the model own_model", "has version 3"});
  parts.become<1, 1, 4>();
  check_refused({"exits", folder}, 2, {"version 1 of the objective own_loss", "has version 4"});
}
