// SPDX-License-Identifier: MIT
//
// `to-ouro RUN` and `from-ouro FOLDER`: checkpoints of the published Ouro code, out and in.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <string>
#include <vector>

#include "looplab/lab/console.hpp"
#include "looplab/lab/trained_run.hpp"
#include "looplab/train/ouro_checkpoint.hpp"

namespace looplab {

/// Flags of `to-ouro`.
struct ToOuroOptions {
  std::string run, out;

  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    visit(Field{"run", "folder with config.ini and checkpoint.safetensors"}, self.run);
    visit(Field{"out", "folder for config.json and model.safetensors"}, self.out);
  }
};

/// Flags of `from-ouro`.
struct FromOuroOptions {
  std::string folder;
  std::vector<Index> tokens;
  Index loops = 0;

  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    visit(Field{"folder", "with config.json and model.safetensors or its shards"}, self.folder);
    visit(Field{"tokens", "a text, such as 1,5,7, to say what comes next after each loop", 0,
                1 << 24},
          self.tokens);
    visit(Field{"loops", "0: the model's", 0, 4096}, self.loops);
  }
};

/// `to-ouro RUN --out=FOLDER`.
[[nodiscard]] inline int to_ouro_folder(const std::vector<std::string>& arguments,
                                        const Console& console) {
  ToOuroOptions options;
  read_options(arguments, options, "run");
  require<ConfigError>(!options.out.empty(), "to-ouro: --out=FOLDER is missing");
  TrainedRun run("to-ouro", options.run);
  save_ouro(run.model, options.out);
  console.out
      << options.out << ": config.json and model.safetensors"
      << (run.model.config().exit_gate ? "" : ", with an exit gate of zeros, as there is none")
      << "\nWith modeling_ouro.py and configuration_ouro.py beside them, transformers loads "
         "the folder.\n";
  return kExitDone;
}

/// What comes next after the last of `tokens`, after each loop: the five likeliest, and the gate.
inline void print_next_tokens(const LoopedTransformer<float>& model,
                              const std::vector<Token>& tokens, Index loops,
                              const Console& console) {
  Tape<float> tape;
  tape.set_recording(false);
  const Pass<float> pass{tape};
  auto* last = tape.allocate<Index>(1);
  *last = std::ssize(tokens) - 1;
  double stays = 1;
  console.out << "loop  leaves  next tokens (probability)\n";
  model.hidden_per_loop(
      pass, {1, std::ssize(tokens), tokens}, {.num_loops = loops},
      [&](Index r, Variable<float> state) {
        const Variable<float> row = gather_rows(tape, state, last, 1);
        const Variable<float> logits = model.head(pass, row);
        const Index V = logits.cols(), shown = std::min<Index>(5, V);
        std::vector<Index> order(static_cast<std::size_t>(V));
        std::iota(order.begin(), order.end(), Index{0});
        std::partial_sort(order.begin(), order.begin() + shown, order.end(),
                          [&](Index a, Index b) { return logits.data()[a] > logits.data()[b]; });
        double sum = 0;
        for (Index v = 0; v < V; ++v)
          sum += std::exp(static_cast<double>(logits.data()[v] - logits.data()[order[0]]));
        const double leave =
            1 / (1 + std::exp(-static_cast<double>(model.gate(pass, row).data()[0])));
        char text[64];
        std::snprintf(text, sizeof text, "%4ld  %6.4f ", static_cast<long>(r + 1),
                      r + 1 == loops ? stays : stays * leave);
        stays *= 1 - leave;
        console.out << text;
        for (Index i = 0; i < shown; ++i) {
          const Index v = order[static_cast<std::size_t>(i)];
          std::snprintf(
              text, sizeof text, " %ld (%.3f)", static_cast<long>(v),
              std::exp(static_cast<double>(logits.data()[v] - logits.data()[order[0]])) / sum);
          console.out << text;
        }
        console.out << "\n";
      });
}

/// `from-ouro FOLDER`.
[[nodiscard]] inline int from_ouro_folder(const std::vector<std::string>& arguments,
                                          const Console& console) {
  FromOuroOptions options;
  read_options(arguments, options, "folder");
  require<ConfigError>(!options.folder.empty(), "from-ouro: the folder of a checkpoint is missing");
  const std::filesystem::path folder = options.folder;
  LoopedTransformer<float> model(from_ouro(read_ouro_config(folder / "config.json")), std::nullopt);
  load_ouro(folder, model);
  const LoopedTransformerConfig& c = model.config();
  console.out << c.num_block_layers << " layers x " << c.num_loops << " loops, width " << c.d_model
              << ", " << c.num_heads << " heads, " << c.vocab_size << " tokens, "
              << ParameterList<float>(model).num_parameters() << " parameters\n";
  if (options.tokens.empty()) return kExitDone;
  std::vector<Token> tokens;
  for (Index token : options.tokens) {
    require<ConfigError>(token < c.vocab_size, "from-ouro: tokens has ", token, ", expected 0 ... ",
                         c.vocab_size - 1);
    tokens.push_back(static_cast<Token>(token));
  }
  print_next_tokens(model, tokens, options.loops > 0 ? options.loops : c.num_loops, console);
  return kExitDone;
}

}  // namespace looplab
