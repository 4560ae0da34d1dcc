// SPDX-License-Identifier: MIT
//
// Cost of learned depth: the exit gate in training, the trace, and decoding with a cache.
//
//   bench_depth [D=64] [R=4] [--smoke]      JSON lines; --smoke: little work, one round
//
//   gate       time of a training step with Stage I / with the loss of every loop, same model
//   trace      time of a forward pass that records norms and cosines / without; also with the
//              lens and with attention maps, which are measured separately
//   decoding   step of a batch of sequences at a given position: FLOP/s relative to that of the
//              model's products alone at that height (share_of_products)
//   cache      bytes of keys and values for each way of sharing
//
// Alternatives are timed in turn, on one thread. Before timing starts, decoding and the forward
// pass must agree on the next token's logits.
#include <algorithm>
#include <cmath>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "bench/measure.hpp"
#include "looplab/inspect/loop_trace.hpp"
#include "looplab/io/config_json.hpp"
#include "looplab/models/decoder.hpp"
#include "looplab/tasks/k_hop_induction.hpp"
#include "looplab/train/objectives/every_loop.hpp"
#include "looplab/train/objectives/expected_exit.hpp"
#include "looplab/train/trainer.hpp"

using namespace looplab;
using looplab_bench::spread_of;
using looplab_bench::thread_seconds;
using Json = nlohmann::ordered_json;
using Model = LoopedTransformer<float>;

namespace {

struct Work {
  Index d_model, loops, rounds;
};

/// Seconds of each of `actions`, in turn, after one warm-up round.
std::vector<std::vector<double>> interleaved(Index rounds,
                                             const std::vector<std::function<void()>>& actions) {
  std::vector<std::vector<double>> seconds(actions.size());
  for (Index round = -1; round < rounds; ++round)
    for (std::size_t i = 0; i < actions.size(); ++i) {
      const double start = thread_seconds();
      actions[i]();
      if (round >= 0) seconds[i].push_back(thread_seconds() - start);
    }
  return seconds;
}

Json spread_json(const std::vector<double>& values) {
  const auto spread = spread_of(values);
  return {{"median", spread.median}, {"smallest", spread.smallest}, {"largest", spread.largest}};
}

/// Ratio of two times that were measured in turn, round by round.
Json ratio_json(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < a.size(); ++i) ratios.push_back(a[i] / b[i]);
  return spread_json(ratios);
}

Json head(const char* what, const Work& work) {
  return {{"benchmark", what}, {"d_model", work.d_model}, {"loops", work.loops}};
}

LoopedTransformerConfig model_config(const Work& work, const KHopInduction& task) {
  LoopedTransformerConfig config = ouro(work.d_model, std::max<Index>(1, work.d_model / 32));
  config.vocab_size = task.vocab_size();
  config.max_sequence_length = 128;
  config.num_loops = work.loops;
  config.exit_gate = true;
  return config;
}

void measure_gate(const Work& work, const KHopInduction& task) {
  const TrainerConfig train{.num_steps = 1 << 20, .batch_size = 64, .num_threads = 1};
  const LoopedTransformerConfig config = model_config(work, task);
  Model every_model(config, Seed{1}), gate_model(config, Seed{1});
  Trainer every(every_model, task, train, EveryLoop{});
  Trainer gate(gate_model, task, train, ExpectedExit{});
  const auto seconds = interleaved(work.rounds, {[&] { every.step(); }, [&] { gate.step(); }});
  Json line = head("gate", work);
  line["step_over_every_loop"] = ratio_json(seconds[1], seconds[0]);
  std::cout << line << '\n';
}

void measure_trace(const Work& work, const KHopInduction& task) {
  const Model model(model_config(work, task), Seed{1});
  Batch batch;
  sample_batch(task, {}, Split::test, 0, 8, batch);
  const Windows windows = batch;
  // A new tracer for each pass: recorded attention maps would fill the memory.
  const auto pass = [&](const TraceOptions& options) {
    return [&model, &windows, options] {
      LoopTracer<float> tracer(model, options);
      for (int i = 0; i < 4; ++i) tracer.add(windows);
    };
  };
  const auto seconds = interleaved(
      work.rounds, {pass({.states = false}), pass({}), pass({.lens = true}), pass({.maps = 32})});
  Json line = head("trace", work);
  line["norms_and_cosines"] = ratio_json(seconds[1], seconds[0]);
  line["with_lens"] = ratio_json(seconds[2], seconds[0]);
  line["with_attention_maps"] = ratio_json(seconds[3], seconds[0]);
  std::cout << line << '\n';
}

/// All products of one decoding step at height `batch`, without the rest of the step.
class Products {
 public:
  Products(Model& model, Index batch) : loops_(model.config().num_loops) {
    tape_.set_recording(false);
    for (const auto& [name, parameter] : ParameterList<float>(model)) {
      if (!is_packed(parameter->role) || parameter->role == Role::tied_embedding) continue;
      products_.push_back({parameter, name.starts_with("block.") ? loops_ : 1,
                           Tensor<float>({batch, parameter->value.shape()[0]})});
      Product& made = products_.back();
      fill_normal(made.input, Seed{2}, name, 1);
      flop_ += 2.0 * static_cast<double>(batch * parameter->value.size() * made.times);
    }
  }
  [[nodiscard]] double flop() const { return flop_; }
  void run() {
    tape_.reset();
    const Pass<float> pass{tape_};
    for (const Product& product : products_)
      for (Index i = 0; i < product.times; ++i)
        (void)matmul(tape_, tape_.constant(product.input.view()), pass.use(*product.weight),
                     kernels::Layout::plain, &product.weight->prepared);
  }

 private:
  struct Product {
    const Parameter<float>* weight;
    Index times;
    Tensor<float> input;
  };
  Index loops_;
  double flop_ = 0;
  std::vector<Product> products_;
  Tape<float> tape_;
};

void require_same_logits(const Model& model) {
  const std::vector<Token> tokens{1, 2, 3, 2, 1, 3, 1, 2};
  Decoder decoder(model, {.num_sequences = 1});
  (void)decoder.prefill(std::span(tokens).first(7));
  const auto stepped = decoder.step(std::span(tokens).last(1));
  Tape<float> tape;
  tape.set_recording(false);
  const auto whole = model.forward({tape}, {1, 8, tokens});
  for (Index v = 0; v < stepped.cols(); ++v)
    require<NumericsError>(std::abs(stepped.data()[v] - whole.data()[7 * whole.cols() + v]) < 1e-3,
                           "bench_depth: logit ", v, " is ", stepped.data()[v], " decoded, ",
                           whole.data()[7 * whole.cols() + v], " in the forward pass");
}

/// Times steps at about position `positions` of every sequence.
void measure_decoding(const Work& work, Model& model, Index batch, Index positions,
                      CacheSharing sharing) {
  constexpr Index kSteps = 16;
  const LoopedTransformerConfig& c = model.config();
  Decoder decoder(model, {.num_sequences = batch, .sharing = sharing});
  const std::vector<Token> prompts(static_cast<std::size_t>(batch * (positions - kSteps / 2)), 1),
      next(static_cast<std::size_t>(batch), 1);
  Products products(model, batch);
  std::vector<double> steps, alone;
  for (Index round = -1; round < work.rounds; ++round) {
    (void)decoder.prefill(prompts);
    double start = thread_seconds();
    for (Index i = 0; i < kSteps; ++i) (void)decoder.step(next);
    if (round >= 0) steps.push_back((thread_seconds() - start) / kSteps);
    start = thread_seconds();
    for (Index i = 0; i < kSteps; ++i) products.run();
    if (round >= 0) alone.push_back((thread_seconds() - start) / kSteps);
  }
  const double attention =
      4.0 * static_cast<double>(batch * c.d_model * c.num_loops * c.num_block_layers * positions);
  std::vector<double> shares, rates;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const double rate = products.flop() / alone[i];
    rates.push_back(rate * 1e-9);
    shares.push_back((products.flop() + attention) / rate / steps[i]);
  }
  Json line = head("decoding", work);
  line["batch"] = batch;
  line["positions"] = positions;
  line["sharing"] = to_text(sharing);
  line["tokens_per_second"] = static_cast<double>(batch) / spread_of(steps).median;
  line["product_gflop_per_second"] = spread_of(rates).median;
  line["share_of_products"] = spread_json(shares);
  std::cout << line << '\n';
}

void measure_decoding(const Work& work, const KHopInduction& task) {
  Model model(model_config(work, task), Seed{1});
  ParameterList<float>(model).prepare();
  require_same_logits(model);
  for (const CacheSharing sharing : {CacheSharing::full, CacheSharing::last})
    for (const Index positions : {16, 64})
      for (const Index batch : {1, 8, 32, 128})
        measure_decoding(work, model, batch, positions, sharing);
  for (const CacheSharing sharing :
       {CacheSharing::full, CacheSharing::last, CacheSharing::first, CacheSharing::averaged}) {
    const Decoder decoder(model, {.num_sequences = 32, .sharing = sharing});
    Json line = head("cache", work);
    line["sharing"] = to_text(sharing);
    line["sequences"] = 32;
    line["positions"] = model.config().max_sequence_length;
    line["bytes"] = decoder.cache_bytes();
    std::cout << line << '\n';
  }
}

int run(std::vector<std::string> arguments) {
  const bool smoke = std::erase(arguments, "--smoke") > 0;
  Work work{64, 4, smoke ? Index{1} : Index{15}};
  require<ConfigError>(arguments.size() <= 2 &&
                           (arguments.empty() || from_text(arguments[0], work.d_model)) &&
                           (arguments.size() < 2 || from_text(arguments[1], work.loops)),
                       "usage: bench_depth [D=64] [R=4] [--smoke]");
  const KHopInduction task({.sequence_length = 63});
  measure_gate(work, task);
  measure_trace(work, task);
  measure_decoding(work, task);
  return 0;
}

}  // namespace

int main(int argc, char** argv) { return looplab_bench::run_main(run, argc, argv); }
