// SPDX-License-Identifier: MIT
#include "looplab/models/activation_memory.hpp"

#include "looplab/autograd/ops_nn.hpp"
#include "support/catch.hpp"
#include "support/model_variants.hpp"

using namespace looplab;
using namespace looplab_test;

namespace {

/// Peak of the tape in a forward and a backward pass; every `every`-th row is scored.
double measured(const LoopedTransformerConfig& config, Index num_windows, Index length,
                Index every) {
  LoopedTransformer<float> model(config, std::nullopt);
  const ParameterList<float> parameters(model);
  Tensor<float> gradient({parameters.flat_size()});
  const Index rows = num_windows * length;
  const auto tokens = random_tokens(rows, config.vocab_size, "tokens");
  std::vector<Index> scored;
  for (Index n = 0; n < rows; n += every) scored.push_back(n);
  Tape<float> tape;
  const Pass<float> pass{tape, gradient.data()};
  const auto state = model.hidden(pass, TokenWindows{num_windows, length, tokens, {}});
  const auto logits = model.head(pass, gather_rows(tape, state, scored.data(), std::ssize(scored)));
  tape.backward(cross_entropy(tape, logits, tokens.data(), Token{-100}).loss);
  return static_cast<double>(tape.peak_bytes());
}

}  // namespace

TEST_CASE("activations of a chunk are those that its tape holds", "[memory]") {
  for (ModelVariant variant : model_variants())
    for (const bool recompute : {false, true})
      for (const auto& [width, layers, loops, every] :
           {std::array<Index, 4>{32, 1, 1, 1}, {32, 3, 5, 4}, {64, 2, 2, 1}}) {
        LoopedTransformerConfig& c = variant.config;
        c.vocab_size = 40;
        c.max_sequence_length = 48;
        c.d_model = width;
        c.d_feed_forward = 0;
        c.num_block_layers = layers;
        c.num_loops = loops;
        c.max_loops = 0;
        c.recompute = recompute;
        CAPTURE(variant.name, width, layers, loops, recompute);
        const Index rows = 10 * 48;
        const ChunkShape chunk{10, 48, (rows + every - 1) / every};
        CHECK(activation_bytes(c.resolved(), chunk) / measured(c, 10, 48, every) ==
              Approx(1).epsilon(0.1));
      }
}
