// SPDX-License-Identifier: MIT
//
// The training loop, generic over model and task.
//
//   batch -> chunks -> slots -> sum -> clip -> AdamW -> packed weights          once per step
//
// A step is sharded, not threaded: each chunk's forward and backward pass runs on one thread, with
// its own tape, and the gradient sums do not depend on who ran what (gradient_slots.hpp). A run is
// a pure function of (model, task, config); stopped at any moment and continued from its directory
// it ends with the same bits. Tests: tests/train/trainer_test.cpp, tests/golden.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "looplab/io/config_json.hpp"
#include "looplab/io/json_lines.hpp"
#include "looplab/train/checkpoint.hpp"
#include "looplab/train/chunk.hpp"
#include "looplab/train/evaluate.hpp"
#include "looplab/train/gradient_slots.hpp"
#include "looplab/train/interrupt.hpp"
#include "looplab/train/progress.hpp"
#include "looplab/train/run_environment.hpp"
#include "looplab/train/schedule.hpp"
#include "looplab/train/loop_schedule.hpp"

namespace looplab {

/// What a step did. `loss` is the mean over scored targets before the update, nats.
struct StepReport {
  Index step = 0;  // steps done
  Index num_steps = 0;
  double loss = 0;
  double learning_rate = 0;
  double gradient_norm = 0;  // before clipping
  double tokens_per_second = 0;
};

template <TokenModel Model, Task T>
class Trainer {
 public:
  using Scalar = typename Model::Scalar;
  using Clock = std::chrono::steady_clock;

  /// `model` and `task` are kept by reference. \throws ConfigError
  Trainer(Model& model, const T& task, const TrainerConfig& config)
      : model_(model),
        task_(task),
        config_(validated(config)),
        parameters_(model),
        optimizer_(parameters_),
        per_chunk_(std::min(config.batch_size,
                            windows_per_chunk(config.chunk_tokens, task.sequence_length()))),
        num_chunks_((config.batch_size + per_chunk_ - 1) / per_chunk_),
        slots_(config.num_gradient_slots, num_chunks_, parameters_.flat_size()),
        chunk_sums_(static_cast<std::size_t>(num_chunks_)),
        workers_(static_cast<std::size_t>(resolve_threads(static_cast<int>(config.num_threads)))) {
    parameters_.prepare();
  }
  Trainer(const Trainer&) = delete;
  Trainer& operator=(const Trainer&) = delete;

  /// Keeps `log.jsonl` and `checkpoint.safetensors` in `path` and continues from the checkpoint if
  /// there is one. \throws FileError; ConfigError if the checkpoint is of another run
  Trainer& directory(const std::filesystem::path& path) {
    ensure_directory(path);
    const std::filesystem::path checkpoint = path / "checkpoint.safetensors";
    if (std::filesystem::exists(checkpoint)) resume(checkpoint);
    checkpoint_ = checkpoint;
    keep_records_while(path / "log.jsonl", [&](const auto& record) {
      return step_ > 0 && record.value("step", Index{0}) <= step_;
    });
    log_.emplace(path / "log.jsonl");
    if (step_ == 0) log_->append(run_record());
    return *this;
  }

  /// Calls `report` after every step instead of drawing a progress bar.
  Trainer& on_step(std::function<void(const StepReport&)> report) {
    on_step_ = std::move(report);
    return *this;
  }

  /// Calls `saved` after every checkpoint.
  Trainer& on_save(std::function<void()> saved) {
    on_save_ = std::move(saved);
    return *this;
  }

  /// Runs the remaining steps. False if interrupted (see interrupt.hpp); the state is then saved,
  /// if there is a directory. A kill loses the steps since the last checkpoint: at most
  /// `checkpoint_every` of them, and at most one that ends later than `checkpoint_seconds`.
  /// \throws NumericsError if loss or gradient is not finite
  bool run() {
    saved_at_ = Clock::now();
    std::optional<Progress> bar;
    if (!on_step_) bar.emplace("training", config_.all_steps());
    while (step_ < config_.all_steps()) {
      if (interrupt_requested()) {
        save();
        return false;
      }
      try {
        const StepReport report = step();
        if (log_ && (step_ % config_.log_every == 0 || step_ == config_.all_steps()))
          log_->append(step_record(report));
        if (on_step_) on_step_(report);
        if (bar) bar->update(step_, concat("loss ", report.loss));
      } catch (const Interrupted&) {  // amid a step, which has changed nothing yet, or in `on_step`
        save();
        return false;
      }
      if (checkpoint_is_due()) save();
    }
    return true;
  }

  /// One optimizer step, whatever `num_steps` says: from `num_steps` on of Stage II, if there is
  /// one, in which the exit gate alone is trained. \throws Interrupted, with nothing changed
  StepReport step() {
    const auto start = Clock::now();
    if (in_stage_two())
      for (const auto& [name, parameter] : parameters_)
        parameter->frozen = !name.starts_with(kExitGatePrefix);
    loops_ = training_loops(config_, step_);
    const int threads = static_cast<int>(workers_.size());
    slots_.accumulate(threads, [&](Index chunk, int worker, Scalar* gradients) {
      run_chunk(chunk, workers_[static_cast<std::size_t>(worker)], gradients);
    });
    double loss = 0;
    Index scored = 0;
    for (const ChunkSum& sum : chunk_sums_) {
      loss += sum.loss;
      scored += sum.scored;
    }
    if (scored == 0)  // not `require`: making the name may allocate
      throw ConfigError(
          concat("Trainer: step ", step_ + 1, " of task ", task_.name(), " scores no position"));
    const double mean = 1 / static_cast<double>(scored);
    const double norm = std::sqrt(slots_.reduce(threads)) * mean;
    check_finite(loss * mean, norm);
    const double clip =
        config_.clip_norm > 0 ? std::min(1.0, config_.clip_norm / (norm + 1e-6)) : 1;
    kernels::AdamwStep adamw{.learning_rate = in_stage_two() ? config_.gate.stage_two_learning_rate
                                                             : learning_rate_at(config_, step_),
                             .beta1 = config_.beta1,
                             .beta2 = config_.beta2,
                             .epsilon = config_.epsilon,
                             .weight_decay = config_.weight_decay};
    ++step_;
    optimizer_.update(slots_.sum().data(), mean * clip, adamw.at(step_), threads);
    const std::chrono::duration<double> seconds = Clock::now() - start;
    return {step_,
            config_.all_steps(),
            loss * mean,
            adamw.learning_rate,
            norm,
            static_cast<double>(config_.batch_size * task_.sequence_length()) / seconds.count()};
  }

  /// Steps done, including those of the run that is continued.
  [[nodiscard]] Index steps_done() const { return step_; }
  [[nodiscard]] const ParameterList<Scalar>& parameters() const { return parameters_; }
  /// Bytes of gradient slots: num_gradient_slots times all parameters.
  [[nodiscard]] Index gradient_bytes() const {
    return slots_.num_slots() * parameters_.flat_size() * static_cast<Index>(sizeof(Scalar));
  }
  /// Most bytes of activations ever in use at once: a chunk for each thread, whatever the batch.
  [[nodiscard]] Index activation_bytes() const {
    std::size_t bytes = 0;
    for (const auto& workspace : workers_) bytes += workspace.tape.peak_bytes();
    return static_cast<Index>(bytes);
  }

 private:
  struct ChunkSum {
    double loss = 0;
    Index scored = 0;
  };

  static const TrainerConfig& validated(const TrainerConfig& config) {
    config.validate();
    return config;
  }

  [[nodiscard]] bool in_stage_two() const {
    return config_.gate.stage_two_steps > 0 && step_ >= config_.num_steps;
  }

  void run_chunk(Index chunk, ChunkWorkspace<Scalar>& workspace, Scalar* gradients) {
    throw_if_interrupted();
    const Index first = chunk * per_chunk_;
    ChunkRequest request = training_chunk(config_, step_ * config_.batch_size + first,
                                          std::min(per_chunk_, config_.batch_size - first));
    request.loops.num_loops = loops_;
    request.gate_alone = in_stage_two();
    const auto result = forward_chunk(model_, task_, request, gradients, workspace);
    chunk_sums_[static_cast<std::size_t>(chunk)] = {static_cast<double>(result.loss.data()[0]),
                                                    num_scored(workspace)};
    if (num_scored(workspace) > 0) workspace.tape.backward(result.loss);
  }

  void check_finite(double loss, double norm) const {
    if (std::isfinite(loss) && std::isfinite(norm)) return;
    std::string culprit = "all gradients are finite";
    for (const auto& [name, parameter] : parameters_) {
      const Scalar* gradient = slots_.sum().data() + parameter->offset;
      if (!std::isfinite(kernels::sum_of_squares(gradient, parameter->value.size()))) {
        culprit = "the gradient of " + name + " is not finite";
        break;
      }
    }
    throw NumericsError(concat(
        "Trainer: step ", step_ + 1, ": loss is ", loss, ", ", culprit, "; last good checkpoint: ",
        last_saved_ > 0 ? concat(checkpoint_.string(), " (step ", last_saved_, ")")
                        : std::string("none")));
  }

  // ---- files ----

  /// What a checkpoint must agree with to be continued, by metadata key.
  [[nodiscard]] std::map<std::string, std::string> identity() const {
    std::map<std::string, std::string> keys{
        {"train", to_json(ResultFields{config_}).dump()},
        {"task", task_.name()},
        {"backend", kernels::backend_name()},
        {"product_rules", kernels::product_rules_version()},
        {"vector_width_bits", to_text(compiled_vector_width_bits())}};
    if constexpr (requires { to_json(model_.config()); })
      keys["model"] = to_json(model_.config()).dump();
    if constexpr (requires { to_json(task_.config()); })
      keys["task_config"] = to_json(task_.config()).dump();
    return keys;
  }

  /// By steps or by time; checkpoints that take long are made less often.
  [[nodiscard]] bool checkpoint_is_due() const {
    constexpr double kLeastShareOfTraining = 10;  // seconds of it for one of saving
    if (step_ % config_.checkpoint_every == 0 || step_ == config_.all_steps()) return true;
    const std::chrono::duration<double> since = Clock::now() - saved_at_;
    return config_.checkpoint_seconds > 0 &&
           since.count() >=
               std::max(config_.checkpoint_seconds, kLeastShareOfTraining * seconds_to_save_);
  }

  void save() {
    if (checkpoint_.empty() || last_saved_ == step_) return;
    const auto start = Clock::now();
    auto metadata = identity();
    metadata["step"] = to_text(step_);
    metadata["windows_seen"] = to_text(step_ * config_.batch_size);
    metadata["seed"] = to_text(config_.seed);
    save_checkpoint(checkpoint_, parameters_, optimizer_, metadata);
    last_saved_ = step_;
    saved_at_ = Clock::now();
    seconds_to_save_ = std::chrono::duration<double>(saved_at_ - start).count();
    if (on_save_) on_save_();
  }

  void resume(const std::filesystem::path& path) {
    SafetensorsFile file = open_checkpoint(path);
    const auto text_of = [&](const std::string& key) {
      const auto found = file.metadata().find(key);
      return found == file.metadata().end() ? std::string("missing") : found->second;
    };
    for (const auto& [key, expected] : identity())
      require<ConfigError>(text_of(key) == expected, path.string(), ": its ", key, " is ",
                           text_of(key), ", but this run has ", expected,
                           "; give another directory or remove it to start anew");
    Index step = 0;
    require<FileError>(from_text(text_of("step"), step) && step >= 0, path.string(), ": step is ",
                       text_of("step"), ", expected a whole number");
    load_checkpoint(file, parameters_, optimizer_);
    step_ = last_saved_ = step;
  }

  [[nodiscard]] auto run_record() const {
    auto record = to_json(current_environment());
    record["kind"] = "run";
    record["step"] = Index{0};
    record["threads"] = std::ssize(workers_);
    record["parameters"] = parameters_.num_parameters();
    record["train"] = to_json(config_);
    for (const auto& [key, text] : identity())
      if (key == "model" || key == "task" || key == "task_config") record[key] = text;
    return record;
  }
  [[nodiscard]] static auto step_record(const StepReport& report) {
    auto record = to_json(TrainerConfig{});
    record.clear();
    record["kind"] = "step";
    record["step"] = report.step;
    record["loss"] = report.loss;
    record["learning_rate"] = report.learning_rate;
    record["gradient_norm"] = report.gradient_norm;
    record["tokens_per_second"] = report.tokens_per_second;
    return record;
  }

  Model& model_;
  const T& task_;
  TrainerConfig config_;
  ParameterList<Scalar> parameters_;
  AdamW<Scalar> optimizer_;
  Index per_chunk_, num_chunks_;
  GradientSlots<Scalar> slots_;
  std::vector<ChunkSum> chunk_sums_;
  std::vector<ChunkWorkspace<Scalar>> workers_;
  Index step_ = 0, loops_ = 0;
  std::filesystem::path checkpoint_;
  Index last_saved_ = 0;
  Clock::time_point saved_at_ = Clock::now();
  double seconds_to_save_ = 0;
  std::optional<JsonLines> log_;
  std::function<void(const StepReport&)> on_step_;
  std::function<void()> on_save_;
};

}  // namespace looplab
