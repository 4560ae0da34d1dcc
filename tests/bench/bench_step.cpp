// SPDX-License-Identifier: MIT
//
// Times whole training steps of looplab: data, forward, loss, backward, reduction, AdamW, packing.
//
//   bench_step D R T THREADS [TOKENS=4096] [VOCAB=512]            one JSON line
//   bench_step D R T THREADS TOKENS VOCAB serve                   answers `steps N` with seconds
//
// The model is the one of pytorch_step.py: one block of Ouro's kind, heads of 32, feed-forward 2.75
// D up to a multiple of 16. Before the clock starts, the loss of the first step is compared with
// the same model in double. compare_steps.py runs both programs in turn.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "looplab/models/model_cost.hpp"
#include "looplab/train/trainer.hpp"

using namespace looplab;

namespace {

/// Uniformly random text: every token predicts the next.
struct RandomText {
  Index vocab, length;
  [[nodiscard]] std::string name() const { return "random_text"; }
  [[nodiscard]] Index vocab_size() const { return vocab; }
  [[nodiscard]] Index sequence_length() const { return length; }
  [[nodiscard]] Index num_slices() const { return 0; }
  [[nodiscard]] std::string slice_name(Index) const { return ""; }
  [[nodiscard]] Index num_evaluation_sequences() const { return 0; }
  void sample(Seed seed, Split, Index index, Sequence s) const {
    RandomStream stream(seed, "random_text", static_cast<std::uint64_t>(index));
    auto next = static_cast<Token>(stream.below(vocab));
    for (std::size_t t = 0; t < s.tokens.size(); ++t) {
      s.tokens[t] = next;
      s.targets[t] = next = static_cast<Token>(stream.below(vocab));
    }
  }
};

template <Real S>
double first_loss(const LoopedTransformerConfig& config, const RandomText& task) {
  const LoopedTransformer<S> model(config, Seed{1});
  return evaluate(model, task, {.num_sequences = 4, .split = Split::train, .seed = Seed{1}}).loss;
}

double seconds_of(Trainer<LoopedTransformer<float>, RandomText>& trainer, Index steps) {
  const auto begin = std::chrono::steady_clock::now();
  for (Index i = 0; i < steps; ++i) trainer.step();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

int run(const std::vector<std::string>& arguments) {
  const auto number = [&](std::size_t i, Index otherwise) {
    Index value = otherwise;
    require<ConfigError>(i >= arguments.size() || from_text(arguments[i], value),
                         "bench_step: ", i < arguments.size() ? arguments[i] : "",
                         ", expected a whole number");
    return value;
  };
  require<ConfigError>(arguments.size() >= 4,
                       "usage: bench_step D R T THREADS [TOKENS VOCAB serve]");
  const Index d = number(0, 0), loops = number(1, 0), length = number(2, 0), threads = number(3, 0);
  const Index tokens = number(4, 4096), vocab = number(5, 512);
  const RandomText task{vocab, length};
  LoopedTransformerConfig config = ouro(d, std::max<Index>(1, d / 32));
  config.vocab_size = vocab;
  config.max_sequence_length = length;
  config.num_loops = loops;

  const double single = first_loss<float>(config, task), exact = first_loss<double>(config, task);
  require<NumericsError>(std::abs(single - exact) < 1e-4 * exact, "bench_step: loss ", single,
                         " in float, ", exact, " in double");
  LoopedTransformer model(config, Seed{1});
  Trainer trainer(model, task,
                  {.num_steps = 1 << 20, .batch_size = tokens / length, .num_threads = threads});
  seconds_of(trainer, 2);
  if (arguments.size() > 6 && arguments[6] == "serve") {
    std::cout << "ready\n" << std::flush;
    std::string word;
    for (Index steps = 0; std::cin >> word >> steps;)
      std::cout << seconds_of(trainer, steps) << "\n" << std::flush;
    return 0;
  }
  std::vector<double> times(11);
  for (double& t : times) t = seconds_of(trainer, 3) / 3;
  std::ranges::sort(times);
  const double rate = static_cast<double>(tokens) / times[times.size() / 2];
  std::cout << "{\"d_model\":" << d << ",\"loops\":" << loops << ",\"seq\":" << length
            << ",\"threads\":" << threads << ",\"tokens_per_second\":" << rate
            << ",\"slowest\":" << static_cast<double>(tokens) / times.back()
            << ",\"fastest\":" << static_cast<double>(tokens) / times.front()
            << ",\"gflop_per_second\":" << rate * model_cost(config, length).flop_per_token * 1e-9
            << "}\n";
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run({argv + 1, argv + argc});
  } catch (const Error& error) {
    std::cerr << error.what() << "\n";
    return 2;
  }
}
