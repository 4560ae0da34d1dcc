// SPDX-License-Identifier: MIT
#include "looplab/train/trainer.hpp"

#include "looplab/train/evaluate.hpp"
#include "support/catch.hpp"
#include "support/small_training.hpp"
#include "support/temporary_directory.hpp"

using namespace looplab;
using looplab_test::contains;
using looplab_test::parameter_values;
using looplab_test::small_model;
using looplab_test::small_task;
using looplab_test::TemporaryDirectory;

namespace {

using Model = LoopedTransformer<float>;
using Bits = std::vector<std::pair<std::string, std::vector<float>>>;

/// 20 steps of 10 windows, 2 windows to a chunk, 5 chunks in 4 slots.
[[nodiscard]] TrainerConfig small_run() {
  return {.num_steps = 20,
          .batch_size = 10,
          .learning_rate = 1e-2,
          .warmup_steps = 3,
          .chunk_tokens = 22,
          .num_gradient_slots = 4,
          .num_threads = 2,
          .log_every = 3,
          .checkpoint_every = 6};
}

const auto kQuiet = [](const StepReport&) {};

/// One process of a run: a fresh model, continued from `directory`. Asks to stop after step
/// `stop_after` (-1: never); `watch` sees every step.
[[nodiscard]] Bits run(
    const TrainerConfig& config, const std::filesystem::path& directory, Index stop_after = -1,
    const std::function<void(Index)>& watch = [](Index) {}) {
  const KHopInduction task = small_task();
  Model model(small_model(task), Seed{1});
  Trainer trainer(model, task, config);
  if (!directory.empty()) trainer.directory(directory);
  trainer.on_step([&](const StepReport& report) {
    watch(report.step);
    if (report.step == stop_after) request_interrupt();
  });
  const bool finished = trainer.run();
  clear_interrupt();
  CHECK(finished == (stop_after < 0));
  CHECK(trainer.steps_done() == (finished ? config.total_steps() : stop_after));
  return parameter_values(model);
}

/// The records of a log without times.
[[nodiscard]] std::vector<std::string> log_without_speed(const std::filesystem::path& directory) {
  std::vector<std::string> lines;
  for (auto record : read_json_lines(directory / "log.jsonl")) {
    record.erase("tokens_per_second");
    if (record["kind"] == "step") lines.push_back(record.dump());
  }
  return lines;
}

/// What opening `directory` for such a run is refused with.
template <class E>
[[nodiscard]] std::string refusal(const std::filesystem::path& directory,
                                  const TrainerConfig& config,
                                  const LoopedTransformerConfig& model_config,
                                  const KHopInduction& task = small_task()) {
  Model model(model_config, Seed{1});
  Trainer trainer(model, task, config);
  try {
    trainer.directory(directory);
  } catch (const E& error) {
    return error.what();
  }
  return "accepted";
}

/// Every name and content in a directory.
[[nodiscard]] std::map<std::string, std::string> contents(const std::filesystem::path& directory) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(directory))
    files[entry.path().filename()] = read_file(entry.path());
  return files;
}

/// Says the token again.
struct Echo {
  [[nodiscard]] std::string name() const { return "echo"; }
  [[nodiscard]] Index vocab_size() const { return 6; }
  [[nodiscard]] Index sequence_length() const { return 5; }
  [[nodiscard]] Index num_slices() const { return 1; }
  [[nodiscard]] std::string slice_name(Index) const { return "echo"; }
  [[nodiscard]] Index num_evaluation_sequences() const { return 20; }
  void sample(Seed seed, Split split, Index index, Window window) const {
    RandomStream stream(seed, split == Split::train ? "train" : "held out",
                        static_cast<std::uint64_t>(index));
    for (std::size_t i = 0; i < window.tokens.size(); ++i) {
      window.tokens[i] = window.targets[i] = static_cast<Token>(stream.below(6));
      window.slices[i] = 0;
    }
  }
};

/// Asks to stop when training window `stop_at` is drawn.
struct InterruptingTask : KHopInduction {
  Index stop_at;
  void sample(Seed seed, Split split, Index index, Window window) const {
    if (index == stop_at) request_interrupt();
    KHopInduction::sample(seed, split, index, window);
  }
};

/// The smallest model: a table and a matrix.
struct TableModel {
  using Scalar = float;
  Parameter<float> table{{6, 8}, Role::embedding};
  Linear<float> out{8, 6, true};

  TableModel() {
    fill_normal(table.value, Seed{1}, "table", 0.3);
    fill_normal(out.weight.value, Seed{1}, "out", 0.3);
  }
  [[nodiscard]] Variable<float> hidden(const Pass<float>& pass, const Windows& windows,
                                       LoopChoice) const {
    return embedding(pass.tape, pass.use(table), windows.tokens.data(), std::ssize(windows.tokens));
  }
  [[nodiscard]] Variable<float> head(const Pass<float>& pass, Variable<float> state) const {
    return out(pass, state);
  }
  template <class Self, class Visit>
  static void for_each_parameter(Self& self, const std::string& prefix, Visit&& visit) {
    visit(prefix + "table", self.table);
    Linear<float>::for_each_parameter(self.out, prefix + "out.", visit);
  }
};
static_assert(TokenModel<TableModel>);

}  // namespace

TEST_CASE("a run has the same bits on 1, 2, 3 and 8 threads") {
  TrainerConfig config = small_run();
  config.num_steps = 8;
  config.num_threads = 1;
  const Bits expected = run(config, "");
  for (const Index num_threads : {2, 3, 8}) {
    config.num_threads = num_threads;
    CHECK(run(config, "") == expected);
  }
  config.seed = 2;
  CHECK(run(config, "") != expected);
}

TEST_CASE("so it has with bfloat16 products, and they are not those of float32") {
  const KHopInduction task = small_task();
  const auto bits = [&](kernels::ComputeType type, Index num_threads) {
    LoopedTransformerConfig model_config = small_model(task);
    model_config.product_type = type;
    Model model(model_config, Seed{1});
    TrainerConfig config = small_run();
    config.num_steps = 8;
    config.num_threads = num_threads;
    Trainer(model, task, config).on_step(kQuiet).run();
    return parameter_values(model);
  };
  const Bits expected = bits(kernels::ComputeType::bfloat16, 1);
  for (const Index num_threads : {2, 3, 8})
    CHECK(bits(kernels::ComputeType::bfloat16, num_threads) == expected);
  const bool same = bits(kernels::ComputeType::float32, 1) == expected;
  CHECK(same == !kernels::has_bfloat16_products());
}

TEST_CASE("a run stopped and continued ends with the bits and the log of one never stopped") {
  const TrainerConfig config = small_run();
  const TemporaryDirectory whole;
  const Bits expected = run(config, whole.path());
  CHECK(log_without_speed(whole.path()).size() == 7);  // 3, 6, ..., 18 and 20
  for (const Index stop : {1, 6, 11}) {
    const TemporaryDirectory parts;
    CHECK(run(config, parts.path(), stop) != expected);
    CHECK(run(config, parts.path()) == expected);
    CHECK(log_without_speed(parts.path()) == log_without_speed(whole.path()));
    CHECK(contents(parts.path())["checkpoint.safetensors"] ==
          contents(whole.path())["checkpoint.safetensors"]);
  }
}

TEST_CASE("a repeated tail continues the run, whose steps before it keep their bits") {
  TrainerConfig config = small_run();
  config.schedule = Schedule::constant;
  const KHopInduction task = small_task();
  Model model(small_model(task), Seed{1});
  Trainer first(model, task, config);
  first.on_step(kQuiet).run();
  const Bits at_20 = parameter_values(model);
  TrainerConfig rest = config;  // half the rate, the next windows, the same moments
  rest.num_steps = 4;
  rest.warmup_steps = 0;
  rest.learning_rate = config.learning_rate / 2;
  Trainer second(model, task, rest);
  second.continue_from(first.state()).on_step(kQuiet).run();
  const Bits at_24 = parameter_values(model);

  config.repeat_tail = 0.2;
  Model again(small_model(task), Seed{1});
  Trainer trainer(again, task, config);
  trainer.on_step([&](const StepReport& report) {
    CHECK(report.num_steps == 24);
    if (report.step == 20) CHECK(parameter_values(again) == at_20);
  });
  CHECK(trainer.run());
  CHECK(trainer.steps_done() == 24);
  CHECK(trainer.state().windows == 240);
  CHECK(parameter_values(again) == at_24);
}

TEST_CASE("a run stopped in its repeated tail ends with the same bits") {
  TrainerConfig config = small_run();
  const TemporaryDirectory plain;
  (void)run(config, plain.path());
  config.repeat_tail = 0.2;
  CHECK_THAT(refusal<ConfigError>(plain.path(), config, small_model(small_task())),
             contains("its train is"));  // a run of its own
  const TemporaryDirectory whole;
  const Bits expected = run(config, whole.path());
  CHECK(log_without_speed(whole.path()).size() == 8);  // 3, 6, ..., 24
  for (const Index stop : {20, 22}) {
    const TemporaryDirectory parts;
    CHECK(run(config, parts.path(), stop) != expected);
    CHECK(run(config, parts.path()) == expected);
    CHECK(log_without_speed(parts.path()) == log_without_speed(whole.path()));
    CHECK(contents(parts.path())["checkpoint.safetensors"] ==
          contents(whole.path())["checkpoint.safetensors"]);
  }
}

TEST_CASE("a run killed at any step continues from its last checkpoint with the same bits") {
  const TrainerConfig config = small_run();
  const TemporaryDirectory whole, copies;
  const Bits expected = run(config, whole.path(), -1, [&](Index step) {
    std::filesystem::copy(whole.path(), copies / to_text(step));  // as a kill would leave it
  });
  for (const Index step : {2, 8, 11, 20}) {
    // Half a record, and half a checkpoint set aside, may be left too.
    const auto left = copies / to_text(step);
    const std::string log = read_file(left / "log.jsonl");
    write_file_atomically(left / "log.jsonl", log + R"({"kind":"step","st)");
    write_file_atomically(left / "checkpoint.safetensors.7.0.partial", std::string_view("half"));
    Index first = 0;
    const Bits bits = run(config, left, -1, [&](Index s) { first = first == 0 ? s : first; });
    CHECK(first == (step - 1) / 6 * 6 + 1);
    CHECK(bits == expected);
    CHECK(log_without_speed(left) == log_without_speed(whole.path()));
    CHECK(read_json_lines(left / "log.jsonl").size() == 8);
  }
}

TEST_CASE("checkpoints also come by time, so that a kill of slow steps loses little") {
  TrainerConfig config = small_run();
  config.checkpoint_every = 1000;
  double now = 0;
  const auto saved_steps = [&](double checkpoint_seconds) {
    config.checkpoint_seconds = checkpoint_seconds;
    const TemporaryDirectory directory;
    const KHopInduction task = small_task();
    Model model(small_model(task), Seed{1});
    Trainer trainer(model, task, config);
    std::vector<Index> steps;
    trainer.clock([&] { return now; })
        .directory(directory.path())
        .on_step([&](const StepReport&) { now += 1; })
        .on_save([&] { steps.push_back(trainer.steps_done()); });
    CHECK(trainer.run());
    return steps;
  };
  CHECK(saved_steps(0) == std::vector<Index>{20});
  CHECK(saved_steps(2.5) == std::vector<Index>{3, 6, 9, 12, 15, 18, 20});
  CHECK(saved_steps(8) == std::vector<Index>{8, 16, 20});
}

TEST_CASE("checkpoints that take long are made less often") {
  TrainerConfig config = small_run();
  config.checkpoint_every = 1000;
  config.checkpoint_seconds = 2.5;
  const TemporaryDirectory directory;
  const KHopInduction task = small_task();
  Model model(small_model(task), Seed{1});
  Trainer trainer(model, task, config);
  // Each look at the clock takes 0.4 s; so does a save, and the next one waits for ten times that.
  double now = 0;
  std::vector<double> saved;
  trainer.clock([&] { return now += 0.4; })
      .directory(directory.path())
      .on_step([](const StepReport&) {})
      .on_save([&] { saved.push_back(now); });
  CHECK(trainer.run());
  REQUIRE(saved.size() >= 3);
  CHECK(saved[0] < 6);
  CHECK(saved[1] - saved[0] >= 4);
}

TEST_CASE("a run killed between checkpoints by time loses the steps since the last one") {
  TrainerConfig config = small_run();
  config.checkpoint_every = 1000;
  config.checkpoint_seconds = 2.5;
  const TemporaryDirectory whole, copies;
  const Bits expected = run(small_run(), "");
  const KHopInduction task = small_task();
  Model model(small_model(task), Seed{1});
  Trainer trainer(model, task, config);
  double now = 0;
  trainer.clock([&] { return now; }).directory(whole.path()).on_step([&](const StepReport& report) {
    now += 1;
    std::filesystem::copy(whole.path(), copies / to_text(report.step));
  });
  CHECK(trainer.run());
  CHECK(parameter_values(model) == expected);
  for (const Index step : {10, 20}) {
    const auto left = copies / to_text(step);
    Index first = 0;
    CHECK(run(config, left, -1, [&](Index s) { first = first == 0 ? s : first; }) == expected);
    CHECK(first == (step - 1) / 3 * 3 + 1);
    CHECK(log_without_speed(left) == log_without_speed(whole.path()));
  }
}

TEST_CASE("who asks for it hears of every checkpoint") {
  const TemporaryDirectory directory;
  const KHopInduction task = small_task();
  Model model(small_model(task), Seed{1});
  Trainer trainer(model, task, small_run());
  std::vector<Index> saved;
  trainer.on_step(kQuiet).directory(directory.path()).on_save([&] {
    saved.push_back(trainer.steps_done());
    CHECK(std::filesystem::exists(directory / "checkpoint.safetensors"));
  });
  CHECK(trainer.run());
  CHECK(saved == std::vector<Index>{6, 12, 18, 20});
}

TEST_CASE("a finished run has nothing left to do; threads and intervals may change on the way") {
  TrainerConfig config = small_run();
  const TemporaryDirectory whole, parts;
  const Bits expected = run(config, whole.path());
  const auto files = contents(whole.path());
  CHECK(run(config, whole.path(), -1, [](Index) { FAIL("a step too many"); }) == expected);
  CHECK(contents(whole.path()) == files);
  CHECK(run(config, parts.path(), 7) != expected);
  config.num_threads = 3;
  config.log_every = 1;
  config.checkpoint_every = 1;
  CHECK(run(config, parts.path()) == expected);
}

TEST_CASE("a checkpoint of another run is refused by one sentence, and nothing is touched") {
  const TemporaryDirectory directory;
  const TrainerConfig config = small_run();
  const KHopInduction task = small_task();
  (void)run(config, directory.path(), 7);
  const auto files = contents(directory.path());
  const auto check_untouched = [&] { CHECK(contents(directory.path()) == files); };

  LoopedTransformerConfig wide = small_model(task);
  wide.d_model = 32;
  CHECK_THAT(refusal<ConfigError>(directory.path(), config, wide),
             contains("checkpoint.safetensors: its model is {") && contains("\"d_model\":16") &&
                 contains("but this run has {") && contains("\"d_model\":32"));
  check_untouched();
  TrainerConfig longer = config;
  longer.num_steps = 21;
  CHECK_THAT(refusal<ConfigError>(directory.path(), longer, small_model(task)),
             contains("its train is {\"num_steps\":20"));
  check_untouched();
  const KHopInduction harder({.sequence_length = 11, .alphabet_size = 5, .max_hops = 1});
  CHECK_THAT(refusal<ConfigError>(directory.path(), config, small_model(task), harder),
             contains("its task_config is {") && contains("give another directory"));
  check_untouched();
}

TEST_CASE("a file that is no whole checkpoint is refused, and nothing is touched") {
  const TemporaryDirectory directory;
  (void)run(small_run(), directory.path(), 7);
  const std::string whole = read_file(directory / "checkpoint.safetensors");
  for (const std::string& damaged : {whole.substr(0, whole.size() - 100), whole.substr(0, 20),
                                     std::string(), std::string("no checkpoint")}) {
    write_file_atomically(directory / "checkpoint.safetensors", damaged);
    const auto files = contents(directory.path());
    const std::string text =
        refusal<FileError>(directory.path(), small_run(), small_model(small_task()));
    INFO(text);
    CHECK_THAT(text, contains("checkpoint.safetensors: "));
    CHECK(contents(directory.path()) == files);
  }
}

TEST_CASE("after a refused checkpoint a run does not write over it") {
  const TemporaryDirectory directory;
  write_file_atomically(directory / "checkpoint.safetensors", std::string_view("precious"));
  const KHopInduction task = small_task();
  Model model(small_model(task), Seed{1});
  Trainer trainer(model, task, small_run());
  trainer.on_step(kQuiet);
  CHECK_THROWS_AS(trainer.directory(directory.path()), FileError);
  CHECK(trainer.run());
  CHECK(contents(directory.path()) ==
        std::map<std::string, std::string>{{"checkpoint.safetensors", "precious"}});
}

TEST_CASE("a directory that is a file is refused") {
  const TemporaryDirectory directory;
  write_file_atomically(directory / "file", std::string_view("text"));
  CHECK_THAT(refusal<FileError>(directory / "file", small_run(), small_model(small_task())),
             contains("file: cannot be"));
}

TEST_CASE("the log opens with what the run depends on") {
  const TemporaryDirectory directory;
  (void)run(small_run(), directory.path());
  const auto records = read_json_lines(directory / "log.jsonl");
  CHECK(records[0]["kind"] == "run");
  CHECK(records[0]["train"] == to_json(small_run()));
  CHECK(records[0]["task"] == "k_hop_induction");
  CHECK(records[0]["threads"] == 2);
  CHECK(records[0].contains("compiler"));
  CHECK(records[1]["step"] == 3);
  CHECK(records[1]["learning_rate"] == 1e-2);
  CHECK(records[1]["loss"].get<double>() > 0);
}

TEST_CASE("a loss that is not finite names step, parameter and last good checkpoint") {
  const KHopInduction task = small_task();
  Model model(small_model(task), Seed{1});
  const TemporaryDirectory directory;
  Trainer trainer(model, task, small_run());
  trainer.directory(directory.path());
  Bits before;
  trainer.on_step([&](const StepReport& report) {
    if (report.step != 8) return;
    auto& gain = trainer.parameters().at("block.0.feed_forward_norm.gain").value;
    gain[3] = std::numeric_limits<float>::infinity();
    before = parameter_values(model);
  });
  const auto text = [&]() -> std::string {
    try {
      (void)trainer.run();
    } catch (const NumericsError& error) {
      return error.what();
    }
    return "no error";
  }();
  INFO(text);
  CHECK_THAT(text, contains("Trainer: step 9: loss is ") && contains("the gradient of ") &&
                       contains("is not finite; last good checkpoint: ") &&
                       contains("checkpoint.safetensors (step 6)"));
  CHECK(parameter_values(model) == before);  // the bad step was not taken
  CHECK(open_checkpoint(directory / "checkpoint.safetensors").metadata().at("step") == "6");
}

TEST_CASE("training too fast ends in one sentence") {
  const KHopInduction task = small_task();
  LoopedTransformerConfig config = small_model(task);
  config.init_std = 10;
  config.norm_placement = NormPlacement::pre;
  config.loop_norm = LoopNorm::once;
  Model model(config, Seed{1});
  TrainerConfig fast = small_run();
  fast.num_steps = 200;
  fast.learning_rate = 10;
  fast.clip_norm = 0;
  fast.weight_decay = 10;
  fast.schedule = Schedule::constant;
  Trainer trainer(model, task, fast);
  trainer.on_step(kQuiet);
  CHECK_THROWS_WITH(trainer.run(), contains("last good checkpoint: none"));
}

TEST_CASE("the loss of a small task falls, and reports say what was done") {
  const KHopInduction task = small_task();
  Model model(small_model(task), Seed{1});
  TrainerConfig config = small_run();
  config.num_steps = 60;
  config.batch_size = 16;
  std::vector<StepReport> reports;
  Trainer trainer(model, task, config);
  trainer.on_step([&](const StepReport& report) { reports.push_back(report); });
  CHECK(trainer.run());
  CHECK(reports.size() == 60);
  CHECK(reports[0].step == 1);
  CHECK(reports[0].learning_rate == learning_rate_at(config, 0));
  CHECK(reports[59].step == 60);
  CHECK(reports[59].num_steps == 60);
  CHECK(reports[59].gradient_norm > 0);
  CHECK(reports[59].tokens_per_second > 0);
  CHECK(reports[59].loss < 0.8 * reports[0].loss);
}

TEST_CASE("clipping scales the gradient but not the reported norm") {
  const KHopInduction task = small_task();
  const auto first_step = [&](double clip_norm) {
    Model model(small_model(task), Seed{1});
    TrainerConfig config = small_run();
    config.clip_norm = clip_norm;
    config.epsilon = 1;  // so that the size of the gradient matters
    Trainer trainer(model, task, config);
    const double norm = trainer.step().gradient_norm;
    return std::pair(norm, parameter_values(model));
  };
  const auto [norm, free] = first_step(0);
  CHECK(first_step(1e6) == std::pair(norm, free));
  CHECK(first_step(norm / 2).first == norm);
  CHECK(first_step(norm / 2).second != free);
}

TEST_CASE("activations take a chunk for each thread, whatever the batch, and less if recomputed") {
  const KHopInduction task = small_task();
  const auto bytes = [&](Index batch_size, Index num_threads, Index num_loops, bool recompute) {
    LoopedTransformerConfig model_config = small_model(task);
    model_config.num_loops = num_loops;
    model_config.recompute = recompute;
    Model model(model_config, Seed{1});
    TrainerConfig config = small_run();
    config.batch_size = batch_size;
    config.num_threads = num_threads;
    Trainer trainer(model, task, config);
    trainer.step();
    return trainer.activation_bytes();
  };
  const Index one_chunk = bytes(2, 1, 2, false);  // 2 windows to a chunk
  CHECK(one_chunk > 0);
  for (const Index batch_size : {10, 40, 160}) {
    CHECK(bytes(batch_size, 1, 2, false) == one_chunk);
    CHECK(bytes(batch_size, 3, 2, false) <= 3 * one_chunk);
  }
  CHECK(bytes(10, 1, 16, false) > 3 * one_chunk);
  CHECK(bytes(10, 1, 16, true) < 2 * one_chunk);
}

TEST_CASE("recomputation changes no bit of a run") {
  const KHopInduction task = small_task();
  const auto trained = [&](bool recompute) {
    LoopedTransformerConfig model_config = small_model(task);
    model_config.recompute = recompute;
    Model model(model_config, Seed{1});
    Trainer trainer(model, task, small_run());
    for (int i = 0; i < 5; ++i) trainer.step();
    return parameter_values(model);
  };
  CHECK(trained(true) == trained(false));
}

TEST_CASE("answers only, smoothing and loops of training change what is learned") {
  const KHopInduction task = small_task();
  const auto loss_of_first_step = [&](auto change) {
    Model model(small_model(task), Seed{1});
    TrainerConfig config = small_run();
    change(config);
    Trainer trainer(model, task, config);
    return trainer.step().loss;
  };
  const double standard = loss_of_first_step([](TrainerConfig&) {});
  CHECK(loss_of_first_step([](TrainerConfig& c) { c.num_loops = 2; }) == standard);
  CHECK(loss_of_first_step([](TrainerConfig& c) { c.num_loops = 3; }) != standard);
  CHECK(loss_of_first_step([](TrainerConfig& c) { c.label_smoothing = 0.5; }) != standard);
}

TEST_CASE("steps of random loops are those of training_loops") {
  const KHopInduction task = small_task();
  const auto losses = [&](std::vector<Index> random_loops, Index num_loops) {
    Model model(small_model(task), Seed{1});
    TrainerConfig config = small_run();
    config.learning_rate = 0;  // the model stays as it is
    config.random_loops = random_loops;
    config.num_loops = num_loops;
    Trainer trainer(model, task, config);
    std::vector<double> all;
    for (int i = 0; i < 8; ++i) all.push_back(trainer.step().loss);
    return all;
  };
  const std::vector<std::vector<double>> fixed{losses({}, 1), losses({}, 2), losses({}, 3)};
  const std::vector<double> random = losses({2, 1, 3}, 0);
  for (std::size_t s = 0; s < random.size(); ++s) {
    const Index loops = training_loops({.random_loops = {2, 1, 3}}, static_cast<Index>(s));
    CHECK(random[s] == fixed[static_cast<std::size_t>(loops - 1)][s]);
  }
}

TEST_CASE("an interrupted step is given up, and the run goes on to the same bits") {
  const KHopInduction task = small_task();
  const TrainerConfig config = small_run();
  const Bits expected = run(config, "");
  const TemporaryDirectory directory;
  {  // asked in the middle of step 8: the first chunk of it asks
    const InterruptingTask interrupting{task, 7 * config.batch_size};
    Model model(small_model(task), Seed{1});
    Trainer trainer(model, interrupting, config);
    trainer.directory(directory.path()).on_step(kQuiet);
    CHECK_FALSE(trainer.run());
    CHECK(trainer.steps_done() == 7);
    CHECK_THROWS_AS(trainer.step(), Interrupted);
    clear_interrupt();
  }
  {  // what looks on after step 11 gives up
    Model model(small_model(task), Seed{1});
    Trainer trainer(model, task, config);
    trainer.directory(directory.path()).on_step([](const StepReport& report) {
      if (report.step == 11) throw Interrupted();
    });
    CHECK(trainer.steps_done() == 7);
    CHECK_FALSE(trainer.run());
    CHECK(trainer.steps_done() == 11);
  }
  CHECK(run(config, directory.path()) == expected);
}

TEST_CASE("a model and a task of the user's own train without touching the trainer") {
  const Echo task;
  TableModel model;
  const TemporaryDirectory directory;
  Trainer trainer(model, task, {.num_steps = 100, .batch_size = 8, .learning_rate = 3e-2});
  trainer.on_step(kQuiet).directory(directory.path());
  CHECK(trainer.run());
  CHECK(evaluate(model, task).accuracy == 1);
  CHECK(SafetensorsFile(directory / "checkpoint.safetensors").contains("adam.m.out.bias"));
}

TEST_CASE("a task that scores nothing, or has tokens a model does not know, is refused") {
  struct Silent : Echo {
    void sample(Seed, Split, Index, Window) const {}
  } silent;
  TableModel model;
  CHECK_THROWS_WITH(Trainer(model, silent, {.num_threads = 1}).step(),
                    contains("step 1 of task echo scores no position"));
  const KHopInduction task = small_task();
  LoopedTransformerConfig config = small_model(task);
  config.vocab_size = 5;
  Model small(config, Seed{1});
  CHECK_THROWS_AS(Trainer(small, task, small_run()).step(), ShapeError);
  CHECK_THROWS_AS(Trainer(small, task, TrainerConfig{.batch_size = 0}), ConfigError);
}
