// SPDX-License-Identifier: MIT
#include "looplab/models/activation_memory.hpp"

#include "looplab/autograd/ops_nn.hpp"
#include "support/catch.hpp"
#include "support/model_variants.hpp"

using namespace looplab;
using namespace looplab_test;

namespace {

/// Peak of the tape in a forward and a backward pass; every `every`-th row is scored, after the last
/// loop or after each.
double measured(const LoopedTransformerConfig& config, Index num_windows, Index length, Index every,
                bool every_loop) {
  LoopedTransformer<float> model(config, std::nullopt);
  const ParameterList<float> parameters(model);
  Tensor<float> gradient({parameters.flat_size()});
  const Index rows = num_windows * length;
  const auto tokens = random_tokens(rows, config.vocab_size, "tokens");
  std::vector<Index> scored;
  for (Index n = 0; n < rows; n += every) scored.push_back(n);
  Tape<float> tape;
  const Pass<float> pass{tape, gradient.data()};
  const Windows windows{num_windows, length, tokens, {}};
  const auto loss_of = [&](Variable<float> state) {
    const auto chosen = gather_rows(tape, state, scored.data(), std::ssize(scored));
    return cross_entropy(tape, model.head(pass, chosen), tokens.data(), kIgnoreIndex).loss;
  };
  Variable<float> loss;
  if (every_loop)
    model.hidden_per_loop(pass, windows, {}, [&](Index r, Variable<float> state) {
      loss = r > 0 ? add(tape, loss, loss_of(state)) : loss_of(state);
    });
  else
    loss = loss_of(model.hidden(pass, windows));
  tape.backward(loss);
  return static_cast<double>(tape.peak_bytes());
}

}  // namespace

TEST_CASE("activations of a chunk are those that its tape holds", "[memory]") {
  struct Size {
    Index width, layers, loops, every;
    bool every_loop;
  };
  for (ModelVariant variant : model_variants())
    for (const bool recompute : {false, true})
      for (const auto& [width, layers, loops, every, every_loop] : {Size{32, 1, 1, 1, false},
                                                                    {32, 3, 5, 4, false},
                                                                    {64, 2, 2, 1, false},
                                                                    {32, 2, 3, 2, true}}) {
        LoopedTransformerConfig& c = variant.config;
        c.vocab_size = 40;
        c.max_sequence_length = 48;
        c.d_model = width;
        c.d_feed_forward = 0;
        c.num_block_layers = layers;
        c.num_loops = loops;
        c.max_loops = 0;
        c.recompute = recompute;
        CAPTURE(variant.name, width, layers, loops, recompute, every_loop);
        const ChunkShape chunk{10, 48, (10 * 48 + every - 1) / every, every_loop};
        const double truth = measured(c, 10, 48, every, every_loop);
        CHECK(activation_bytes(c.resolved(), chunk) / truth == Approx(1).epsilon(0.1));
      }
}
