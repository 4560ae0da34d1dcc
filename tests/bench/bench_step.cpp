// SPDX-License-Identifier: MIT
//
// Times whole training steps of looplab: data, forward, loss, backward, reduction, AdamW, packing.
//
//   bench_step --d-model 64 --loops 4 --threads 2      one line of JSON
//   bench_step ... --serve                             answers each line `steps N` with seconds
//
// The model is that of pytorch_step.py and jax_step.py: one layer of Ouro's kind (swiglu; hidden
// width 2.75 D, rounded up to a multiple of 16) or of GPT-2's with rotary positions (gelu; 4 D),
// with heads of width 32, applied `loops` times. Before timing starts, the loss of the first step
// is compared with the same model in double. compare_steps.py runs the three programs in turn.
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "looplab/io/config_json.hpp"
#include "looplab/lab/commands/console.hpp"
#include "looplab/lab/config/options.hpp"
#include "looplab/models/model_cost.hpp"
#include "looplab/train/evaluate.hpp"
#include "looplab/train/trainer.hpp"

using namespace looplab;
using namespace looplab::lab;

namespace {

using kernels::ComputeType;

/// Relative difference allowed between the first loss, a mean over thousands of tokens, and that of
/// the model in double, by type of products; bfloat16 has 8 bits.
constexpr double tolerance(ComputeType type) { return type == ComputeType::float32 ? 1e-5 : 2e-4; }

struct Options {
  Index d_model = 64, block_layers = 1, loops = 4, seq = 64, threads = 1;
  Index tokens = 4096, vocab = 512, rounds = 11;
  FeedForwardKind feed_forward = FeedForwardKind::swiglu;
  ComputeType product_type = ComputeType::float32;
  bool recompute = false, evaluate = false, serve = false;

  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    visit(Field{"d-model", "width of the hidden state, a multiple of 32", 1, 1 << 14},
          self.d_model);
    visit(Field{"block-layers", "k, distinct layers of the looped block", 1, 1024},
          self.block_layers);
    visit(Field{"loops", "R, number of loops over the block", 1, 4096}, self.loops);
    visit(Field{"seq", "T, tokens of a window", 1, 1 << 20}, self.seq);
    visit(Field{"threads", "number of threads", 1, 4096}, self.threads);
    visit(Field{"tokens", "tokens of a step, a multiple of seq", 1, 1 << 24}, self.tokens);
    visit(Field{"vocab", "V, size of the vocabulary", 2, 1 << 24}, self.vocab);
    visit(Field{"feed-forward", "swiglu (Ouro's block) or gelu (GPT-2's, rotary)"},
          self.feed_forward);
    visit(Field{"product-type", "type of the factors of products: float32 or bfloat16"},
          self.product_type);
    visit(
        Field{"recompute", "gradient checkpointing: store one state per loop, recompute the rest"},
        self.recompute);
    visit(Field{"rounds", "number of measurements of 3 steps each; the median is reported", 1, 1e6},
          self.rounds);
    visit(Field{"evaluate", "time evaluation of the same windows instead of training"},
          self.evaluate);
    visit(Field{"serve", "read lines `steps N` and answer with the seconds taken"}, self.serve);
  }

  /// \throws ConfigError naming every problem
  void validate() const {
    Problems problems;
    check_ranges(*this, problems);
    problems.check(d_model % 32 == 0, "d-model is ", d_model, ", expected a multiple of 32");
    problems.check(seq < 1 || (tokens >= seq && tokens % seq == 0), "tokens is ", tokens,
                   ", expected a multiple of seq, ", seq);
    problems.throw_if_any("bench_step");
  }
};

LoopedTransformerConfig model_config(const Options& options) {
  const bool gelu = options.feed_forward == FeedForwardKind::gelu;
  LoopedTransformerConfig config = gelu ? gpt2_rope() : ouro(options.d_model);
  config.d_model = options.d_model;
  config.num_heads = options.d_model / 32;
  config.vocab_size = options.vocab;
  config.max_sequence_length = options.seq;
  config.num_block_layers = options.block_layers;
  config.num_loops = options.loops;
  config.product_type = options.product_type;
  config.recompute = options.recompute;
  return config.resolved();
}

/// Uniformly random text with the next token as target.
struct RandomText {
  Index vocab, length;
  [[nodiscard]] std::string name() const { return "random_text"; }
  [[nodiscard]] Index vocab_size() const { return vocab; }
  [[nodiscard]] Index sequence_length() const { return length; }
  [[nodiscard]] Index num_slices() const { return 0; }
  [[nodiscard]] std::string slice_name(Index) const { return ""; }
  [[nodiscard]] Index num_evaluation_sequences() const { return 0; }
  void sample(Seed seed, Split, Index index, Window s) const {
    RandomStream stream(seed, "random_text", static_cast<std::uint64_t>(index));
    auto next = static_cast<Token>(stream.below(vocab));
    for (std::size_t t = 0; t < s.tokens.size(); ++t) {
      s.tokens[t] = next;
      s.targets[t] = next = static_cast<Token>(stream.below(vocab));
    }
  }
};

template <class Work>
double seconds_of(Work&& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

/// Seconds since this process started, to the system's tick (10 ms); NaN without /proc.
double process_age() {
  std::ifstream file("/proc/self/stat");
  std::string text((std::istreambuf_iterator<char>(file)), {});
  std::istringstream fields(text.substr(std::min(text.size(), text.rfind(')') + 1)));
  std::string field;
  for (int i = 3; i <= 22; ++i) fields >> field;  // 22: start, in ticks since the system's start
  double ticks = 0;
  timespec now{};
  if (!fields || !from_text(field, ticks) || clock_gettime(CLOCK_BOOTTIME, &now) != 0)
    return std::numeric_limits<double>::quiet_NaN();
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec) -
         ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double peak_resident_mib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

/// The part of a step besides its chunks: zeroing and adding gradient slots, AdamW, packing. It
/// uses memory of its own, which a step evicts from the caches, so its time is no shorter than
/// within a step.
class ParameterUpdate {
 public:
  ParameterUpdate(const LoopedTransformerConfig& config, Index num_slots, Index threads)
      : model_(config, Seed{1}),
        parameters_(model_),
        optimizer_(parameters_),
        slots_(num_slots, num_slots, parameters_.flat_size()),
        threads_(static_cast<int>(threads)) {}

  void operator()() {
    slots_.accumulate(threads_, [](Index, int, float*) {});
    slots_.reduce(threads_);
    optimizer_.update(slots_.sum().data(), 1.0, kernels::AdamwStep{}.at(1), threads_);
  }

 private:
  LoopedTransformer<float> model_;
  ParameterList<float> parameters_;
  AdamW<float> optimizer_;
  GradientSlots<float> slots_;
  int threads_;
};

/// A model in training on random text, with timers around its parts.
class Bench {
 public:
  explicit Bench(const Options& options)
      : options_(options),
        config_(model_config(options)),
        task_{options.vocab, options.seq},
        model_(config_, Seed{1}),
        trainer_(model_, task_,
                 {.num_steps = 1 << 20,
                  .batch_size = options.tokens / options.seq,
                  .num_threads = options.threads}) {
    first_loss_ = trainer_.step().loss;
    start_to_first_step_ = process_age();
    train(2);
    peak_resident_mib_ = peak_resident_mib();
  }

  /// \throws NumericsError unless the first step's loss agrees with that of the model in double
  void check_first_loss() const {
    const LoopedTransformer<double> exact_model(config_, Seed{1});
    const double exact = evaluate(exact_model, task_, first_windows(1)).loss;
    require<NumericsError>(
        std::abs(first_loss_ - exact) <= tolerance(options_.product_type) * exact,
        "bench_step: the first loss is ", first_loss_, ", in double it is ", exact);
  }

  void train(Index steps) {
    for (Index i = 0; i < steps; ++i) trainer_.step();
  }
  /// Evaluates the windows of the first `steps` steps.
  void evaluate_windows(Index steps) const {
    const Evaluation evaluation = evaluate(model_, task_, first_windows(steps));
    require<NumericsError>(std::isfinite(evaluation.loss), "bench_step: evaluation diverged");
  }
  void work(Index steps) { options_.evaluate ? evaluate_windows(steps) : train(steps); }

  /// Description of the program and the model.
  [[nodiscard]] nlohmann::ordered_json identity() const {
    nlohmann::ordered_json json;
    const nlohmann::ordered_json options = to_json(options_);
    for (const auto& [name, value] : options.items()) {
      std::string key = name;
      std::ranges::replace(key, '-', '_');
      json[key] = value;
    }
    json["product_type_used"] = to_text(kernels::usable_product_type<float>(options_.product_type));
    json["environment"] = to_json(current_environment());
    const ModelCost cost = model_cost(config_, options_.seq);
    json["parameters"] = cost.unique_parameters;
    json["flop_per_token"] = cost.flop_per_token;
    // Weights, two moments, gradient slots.
    json["parameter_state_bytes"] =
        trainer_.gradient_bytes() + 3 * 4 * trainer_.parameters().flat_size();
    json["first_loss"] = first_loss_;
    json["start_to_first_step_seconds"] = start_to_first_step_;
    json["peak_resident_mib"] = peak_resident_mib_;
    return json;
  }

  /// Description and speed.
  [[nodiscard]] nlohmann::ordered_json measure() {
    std::vector<double> times(static_cast<std::size_t>(options_.rounds)), data = times,
                                                                          update = times;
    ParameterUpdate update_parameters(
        config_, trainer_.gradient_bytes() / trainer_.parameters().flat_size() / 4,
        options_.threads);
    for (std::size_t i = 0; i < times.size(); ++i) {
      times[i] = seconds_of([&] { work(3); }) / 3;
      if (options_.evaluate) continue;
      data[i] = seconds_of([&] { draw_data(); });
      update[i] = seconds_of(update_parameters);
    }
    const auto tokens = static_cast<double>(options_.tokens);
    const double step = median(times);
    nlohmann::ordered_json json = identity();
    json["seconds_per_step"] = step;
    json["tokens_per_second"] = tokens / step;
    json["smallest"] = tokens / std::ranges::max(times);
    json["largest"] = tokens / std::ranges::min(times);
    const double flop = json["flop_per_token"].get<double>() / (options_.evaluate ? 3 : 1);
    json["gflop_per_second"] = tokens / step * flop * 1e-9;
    if (!options_.evaluate) {
      json["data_share"] = median(data) / static_cast<double>(options_.threads) / step;
      json["update_seconds"] = median(update);
      json["update_share"] = median(update) / step;
    }
    return json;
  }

 private:
  [[nodiscard]] EvaluationConfig first_windows(Index steps) const {
    return {.num_sequences = steps * options_.tokens / options_.seq,
            .split = Split::train,
            .seed = Seed{1},
            .num_threads = static_cast<int>(options_.threads)};
  }

  /// Draws the windows of one step as the trainer does, on one thread.
  void draw_data() {
    const Index windows = options_.tokens / options_.seq;
    const Index per_chunk = windows_per_chunk(TrainerConfig{}.chunk_tokens, options_.seq);
    for (Index first = 0; first < windows; first += per_chunk)
      sample_batch(task_, Seed{1}, Split::train, first, std::min(per_chunk, windows - first),
                   batch_);
  }

  Options options_;
  LoopedTransformerConfig config_;
  RandomText task_;
  LoopedTransformer<float> model_;
  Trainer<LoopedTransformer<float>, RandomText> trainer_;
  double first_loss_ = 0, start_to_first_step_ = 0, peak_resident_mib_ = 0;
  Batch batch_;
};

/// Prints that it is ready, then times the requested steps until the input ends.
void serve(Bench& bench) {
  std::cout << "ready " << bench.identity().dump() << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string verb, number, more;
    Index steps = 0;
    words >> verb >> number;
    require<ConfigError>(
        verb == "steps" && from_text(number, steps) && steps > 0 && !(words >> more),
        "bench_step: read '", line, "', expected: steps N");
    std::cout << seconds_of([&] { bench.work(steps); }) << std::endl;
  }
}

int run(const std::vector<std::string>& arguments) {
  Options options;
  OptionSet set = OptionSet().add("", options);
  if (std::ranges::find(arguments, "--help") != arguments.end()) {
    std::cout << set.help("bench_step: times whole training steps; options (defaults)");
    return 0;
  }
  set.apply(parse_command_line(arguments, set));
  options.validate();
  Bench bench(options);
  bench.check_first_loss();
  if (options.serve)
    serve(bench);
  else
    std::cout << bench.measure().dump() << std::endl;
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return exit_code_of(error);
  }
}
