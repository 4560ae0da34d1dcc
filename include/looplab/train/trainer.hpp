// SPDX-License-Identifier: MIT
//
// The training loop, generic over model, task and objective.
//
//   batch -> chunks -> slots -> sum -> clip -> AdamW -> packed weights          once per step
//
// A step is sharded, not threaded: each chunk's forward and backward pass runs on one thread, with
// its own tape, and the gradient sums do not depend on who ran what (gradient_slots.hpp). A run is
// a pure function of (model, task, config, objective, trained parameters); stopped at any moment
// and continued from its directory it ends with the same bits.
//
// A training may have several stages. Each is a trainer that continues from the state of the one
// before, in the same directory:
//
//   Trainer first(model, task, config, ExpectedExit{});
//   first.directory(path).run();
//   Trainer gate(model, task, gate_config, GateAdaptation{}, only("exit_gate"));
//   gate.continue_from(first.state()).directory(path).run();
//
// Tests: tests/train/trainer_test.cpp, tests/train/training_state_test.cpp, tests/golden.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "looplab/io/config_json.hpp"
#include "looplab/io/json_lines.hpp"
#include "looplab/train/checkpoint.hpp"
#include "looplab/train/chunk.hpp"
#include "looplab/train/gradient_slots.hpp"
#include "looplab/train/interrupt.hpp"
#include "looplab/train/loop_schedule.hpp"
#include "looplab/train/objectives/last_loop.hpp"
#include "looplab/train/progress.hpp"
#include "looplab/train/run_environment.hpp"
#include "looplab/train/schedule.hpp"
#include "looplab/train/step_report.hpp"
#include "looplab/train/training_state.hpp"

namespace looplab {

template <TokenModel Model, Task T, Objective<Model> O = LastLoop>
class Trainer {
 public:
  using Scalar = typename Model::Scalar;

  /// Trains the parameters that `trained` selects by name; the others keep their values and
  /// moments, and their gradients do not count in the norm. `model` and `task` are kept by
  /// reference. \throws ConfigError naming every problem
  Trainer(Model& model, const T& task, const TrainerConfig& config, O objective = {},
          const ParameterFilter& trained = all_parameters())
      : model_(model),
        task_(task),
        config_(validated(config, objective)),
        objective_(std::move(objective)),
        parameters_(model),
        optimizer_(parameters_, trained),
        per_chunk_(std::min(config.batch_size,
                            windows_per_chunk(config.chunk_tokens, task.sequence_length()))),
        num_chunks_((config.batch_size + per_chunk_ - 1) / per_chunk_),
        slots_(config.num_gradient_slots, num_chunks_, parameters_.flat_size()),
        chunk_sums_(static_cast<std::size_t>(num_chunks_)),
        workers_(static_cast<std::size_t>(resolve_threads(static_cast<int>(config.num_threads)))) {
    find_untrained();
    parameters_.prepare();
  }
  Trainer(const Trainer&) = delete;
  Trainer& operator=(const Trainer&) = delete;

  /// Makes this trainer the next stage of a training: step numbers, moments and training windows
  /// continue where `state` ends; `num_steps` and the schedule are this trainer's own.
  /// \throws ConfigError after a step or `directory`; ShapeError if `state` has moments of another
  /// number of parameters
  Trainer& continue_from(TrainingState<Scalar> state) {
    require<ConfigError>(step_ == start_ && checkpoint_.empty(),
                         "Trainer: continue_from is called after ",
                         checkpoint_.empty() ? "a step" : "directory", ", expected before");
    optimizer_.set_moments(std::move(state.moments));
    step_ = start_ = state.steps;
    start_windows_ = state.windows;
    earlier_ = std::move(state.stages);
    return *this;
  }
  /// Where the training is. An expiring trainer's moments are moved.
  [[nodiscard]] TrainingState<Scalar> state() const& {
    return {step_, windows_seen(), optimizer_.moments(), stages()};
  }
  [[nodiscard]] TrainingState<Scalar> state() && {
    return {step_, windows_seen(), std::move(optimizer_).moments(), stages()};
  }

  /// Keeps `log.jsonl` and `checkpoint.safetensors` in `path` and continues from the checkpoint if
  /// there is one. If the checkpoint is of a later stage, this stage is done and the weights are
  /// those of the later one, whose trainer is to continue. \throws FileError; ConfigError if the
  /// checkpoint is of another run
  Trainer& directory(const std::filesystem::path& path) {
    ensure_directory(path);
    const std::filesystem::path checkpoint = path / "checkpoint.safetensors";
    std::optional<Index> saved;
    if (std::filesystem::exists(checkpoint)) saved = resume(checkpoint);
    checkpoint_ = checkpoint;
    const bool begins = saved.value_or(start_) == start_;
    keep_records_while(path / "log.jsonl", [&](const auto& record) {
      if (!saved) return false;
      const Index step = record.value("step", Index{0});
      return step <= *saved && !(begins && step == start_ && record.value("kind", "") == "run");
    });
    log_.emplace(path / "log.jsonl");
    if (begins) log_->append(run_record());
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

  /// Measures time, for speeds and checkpoints, by `seconds()` instead of the system's clock.
  Trainer& clock(std::function<double()> seconds) {
    seconds_ = std::move(seconds);
    return *this;
  }

  /// Runs the remaining steps. False if interrupted (see interrupt.hpp); the state is then saved,
  /// if there is a directory. A kill loses the steps since the last checkpoint: at most
  /// `checkpoint_every` of them, and at most one that ends later than `checkpoint_seconds`.
  /// \throws NumericsError if loss or gradient is not finite
  bool run() {
    saved_at_ = seconds_();
    std::optional<Progress> bar;
    if (!on_step_) bar.emplace("training", config_.total_steps());
    while (step_ < end()) {
      if (interrupt_requested()) {
        save();
        return false;
      }
      try {
        const StepReport report = step();
        if (log_ && (step_ % config_.log_every == 0 || step_ == end()))
          log_->append(to_record("step", report));
        if (on_step_) on_step_(report);
        if (bar) bar->update(step_ - start_, concat("loss ", report.loss));
      } catch (const Interrupted&) {  // amid a step, which has changed nothing yet, or in `on_step`
        save();
        return false;
      }
      if (checkpoint_is_due()) save();
    }
    return true;
  }

  /// One optimizer step, also after the last of the training. \throws Interrupted, with nothing changed
  StepReport step() {
    const double began = seconds_();
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
    const double norm = std::sqrt(slots_.reduce(threads, untrained_)) * mean;
    check_finite(loss * mean, norm);
    const double clip =
        config_.clip_norm > 0 ? std::min(1.0, config_.clip_norm / (norm + 1e-6)) : 1;
    kernels::AdamwStep adamw{.learning_rate = learning_rate_at(config_, step_ - start_),
                             .beta1 = config_.beta1,
                             .beta2 = config_.beta2,
                             .epsilon = config_.epsilon,
                             .weight_decay = config_.weight_decay};
    ++step_;
    optimizer_.update(slots_.sum().data(), mean * clip, adamw.at(step_), threads);
    const auto tokens = static_cast<double>(config_.batch_size * task_.sequence_length());
    return {step_, end(), loss * mean, adamw.learning_rate, norm, tokens / (seconds_() - began)};
  }

  /// Steps done, including those of earlier stages and of the run that is continued.
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

  static const TrainerConfig& validated(const TrainerConfig& config, const O& objective) {
    config.validate();
    Problems problems;
    check_objective(objective, problems);
    problems.throw_if_any("objective");
    return config;
  }
  void find_untrained() {
    const std::vector<Index>& trained = optimizer_.trained();
    require<ConfigError>(!trained.empty(), "Trainer: the parameter filter selects none of ",
                         parameters_.count(), " parameters",
                         parameters_.count() > 0 ? ", such as " + parameters_[0].name : "");
    for (Index p = 0; p < parameters_.count(); ++p) {
      if (std::ranges::binary_search(trained, p)) continue;
      const Parameter<Scalar>& parameter = *parameters_[p].parameter;
      untrained_.push_back({parameter.offset, parameter.offset + parameter.value.size()});
    }
  }

  /// The number of steps after which this stage is done.
  [[nodiscard]] Index end() const { return start_ + config_.total_steps(); }
  [[nodiscard]] Index windows_seen() const {
    return start_windows_ + (step_ - start_) * config_.batch_size;
  }

  void run_chunk(Index chunk, ChunkWorkspace<Scalar>& workspace, Scalar* gradients) {
    throw_if_interrupted();
    const Index first = chunk * per_chunk_;
    ChunkRequest request = training_chunk(config_, windows_seen() + first,
                                          std::min(per_chunk_, config_.batch_size - first));
    request.scoring.loops.num_loops = loops_;
    const auto windows = draw_chunk(model_, task_, request, gradients, workspace);
    const Variable<Scalar> loss = objective_(windows);
    chunk_sums_[static_cast<std::size_t>(chunk)] = {static_cast<double>(loss.data()[0]),
                                                    windows.num_rows()};
    if (windows.num_rows() > 0) workspace.tape.backward(loss);
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

  [[nodiscard]] StageIdentity identity() const {
    StageIdentity keys{{"train", to_json(ResultFields{config_}).dump()},
                       {"objective", objective_identity(objective_)},
                       {"trained", trained_names()},
                       {"task", task_.name()},
                       {"backend", kernels::backend_name()},
                       {"product_rules", kernels::product_rules_version()},
                       {"vector_width_bits", to_text(compiled_vector_width_bits())}};
    if (!earlier_.empty()) keys["from_step"] = to_text(start_);
    if constexpr (requires { to_json(model_.config()); })
      keys["model"] = to_json(model_.config()).dump();
    if constexpr (requires { Index{Model::kVersion}; })
      keys["model_version"] = to_text(Index{Model::kVersion});
    if constexpr (requires { to_json(task_.config()); })
      keys["task_config"] = to_json(task_.config()).dump();
    return keys;
  }
  [[nodiscard]] std::string trained_names() const {
    if (untrained_.empty()) return "all";
    std::string names;
    for (const Index p : optimizer_.trained())
      names.append(names.empty() ? "" : ",").append(parameters_[p].name);
    return names;
  }
  /// The stages so far, this one last.
  [[nodiscard]] std::vector<StageIdentity> stages() const {
    std::vector<StageIdentity> all = earlier_;
    all.push_back(identity());
    return all;
  }

  /// By steps or by time; checkpoints that take long are made less often.
  [[nodiscard]] bool checkpoint_is_due() const {
    constexpr double kLeastShareOfTraining = 10;  // seconds of it for one of saving
    if (step_ % config_.checkpoint_every == 0 || step_ == end()) return true;
    return config_.checkpoint_seconds > 0 &&
           seconds_() - saved_at_ >=
               std::max(config_.checkpoint_seconds, kLeastShareOfTraining * seconds_to_save_);
  }

  void save() {
    if (checkpoint_.empty() || last_saved_ == step_) return;
    const double began = seconds_();
    std::map<std::string, std::string> metadata = stage_metadata(stages());
    metadata["step"] = to_text(step_);
    metadata["windows_seen"] = to_text(windows_seen());
    metadata["seed"] = to_text(config_.seed);
    save_checkpoint(checkpoint_, parameters_, optimizer_, metadata);
    last_saved_ = step_;
    saved_at_ = seconds_();
    seconds_to_save_ = saved_at_ - began;
    if (on_save_) on_save_();
  }

  /// Continues from a checkpoint of this stage, or of a later one, after which this one is done. A
  /// checkpoint of an earlier stage has to be where this one begins. Returns the file's step.
  Index resume(const std::filesystem::path& path) {
    SafetensorsFile file = open_checkpoint(path);
    const std::vector<StageIdentity> own = stages();
    const std::size_t in_file = require_same_stages(file, own);
    const Index step = number_in(file, "step");
    if (in_file < own.size()) {
      require<ConfigError>(step == start_, path.string(), ": its step is ", step,
                           ", but this stage begins after step ", start_);
    } else {
      load_checkpoint(file, parameters_, optimizer_);
      step_ = in_file > own.size() ? number_in(file, stage_key(own.size(), "from_step")) : step;
    }
    last_saved_ = step_;
    return step;
  }

  [[nodiscard]] auto run_record() const {
    auto record = to_json(current_environment());
    record["kind"] = "run";
    record["step"] = start_;
    record["threads"] = std::ssize(workers_);
    record["parameters"] = parameters_.num_parameters();
    record["train"] = to_json(config_);
    const StageIdentity keys = identity();
    for (const char* key : {"objective", "trained", "model", "task", "task_config"})
      if (const auto found = keys.find(key); found != keys.end()) record[key] = found->second;
    return record;
  }
  [[nodiscard]] static double system_seconds() {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration<double>(now).count();
  }

  Model& model_;
  const T& task_;
  TrainerConfig config_;
  O objective_;
  ParameterList<Scalar> parameters_;
  AdamW<Scalar> optimizer_;
  Index per_chunk_, num_chunks_;
  GradientSlots<Scalar> slots_;
  std::vector<ChunkSum> chunk_sums_;
  std::vector<ChunkWorkspace<Scalar>> workers_;
  std::vector<FlatRange> untrained_;
  std::vector<StageIdentity> earlier_;   // of the stages before this one
  Index start_ = 0, start_windows_ = 0;  // steps done and windows used by those
  Index step_ = 0, loops_ = 0;
  std::filesystem::path checkpoint_;
  Index last_saved_ = 0;
  std::function<double()> seconds_ = system_seconds;
  double saved_at_ = 0, seconds_to_save_ = 0;
  std::optional<JsonLines> log_;
  std::function<void(const StepReport&)> on_step_;
  std::function<void()> on_save_;
};

}  // namespace looplab
