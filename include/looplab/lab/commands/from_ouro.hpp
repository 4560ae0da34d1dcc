// SPDX-License-Identifier: MIT
//
// `from-ouro FOLDER`: reads an Ouro checkpoint; prints its sizes and its predictions after each
// loop. The published code uses a tokenizer; here tokens are numbers.
#pragma once

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include "looplab/inspect/loop_predictions.hpp"
#include "looplab/kernels/cross_entropy.hpp"
#include "looplab/lab/commands/command.hpp"
#include "looplab/lab/commands/console.hpp"
#include "looplab/lab/report/text_table.hpp"
#include "looplab/models/model_cost.hpp"
#include "looplab/train/ouro_checkpoint.hpp"

namespace looplab::lab {

/// Flags of `from-ouro`.
struct FromOuroOptions {
  std::string folder, out;
  std::vector<Index> tokens;
  Index loops = 0;

  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    visit(
        Field{"folder", "folder with config.json and model.safetensors, or shards and their index"},
        self.folder);
    visit(Field{"tokens", "token ids to continue, such as 1,5,7", 0, 1 << 24}, self.tokens);
    visit(Field{"loops", "number of loops; 0: the checkpoint's", 0, 4096}, self.loops);
    visit(Field{"out", "file for tokens, logits and exit_probabilities of all positions"},
          self.out);
  }
};

/// "token probability" for each of the five likeliest tokens by `logits` [V].
[[nodiscard]] inline std::vector<TableCell> likeliest_tokens(const float* logits, Index V) {
  std::vector<float> p(static_cast<std::size_t>(V));
  kernels::softmax_forward(logits, p.data(), 1, V);
  std::vector<Index> order(p.size());
  std::iota(order.begin(), order.end(), Index{0});
  const auto chance = [&](Index token) { return p[static_cast<std::size_t>(token)]; };
  const auto end = order.begin() + std::min<Index>(V, 5);
  std::ranges::partial_sort(order, end, std::ranges::greater{}, chance);
  std::vector<TableCell> cells;
  for (auto token = order.begin(); token != end; ++token)
    cells.push_back(concat(*token, ' ', fixed(static_cast<double>(chance(*token)), 4)));
  return cells;
}

/// A row per loop with the predictions after the last of `length` tokens.
[[nodiscard]] inline Table predictions_table(const LoopPredictions<float>& said, Index length) {
  const Index V = said.logits.cols(), last = length - 1;
  Table table({}, {"loop", "exits", "likeliest token", "second", "third", "fourth", "fifth"});
  table.columns.resize(static_cast<std::size_t>(2 + std::min<Index>(V, 5)));
  for (Index r = 0; r < said.exit_probabilities.rows(); ++r) {
    std::vector<TableCell> row = likeliest_tokens(said.logits.data() + (r * length + last) * V, V);
    const double exits = static_cast<double>(said.exit_probabilities(r, last));
    row.insert(row.begin(), {r + 1, fixed(exits, 4)});
    table.add(row);
  }
  return table;
}

/// `from-ouro FOLDER`.
[[nodiscard]] inline int from_ouro(const std::vector<std::string>& arguments,
                                   const Console& console) {
  FromOuroOptions options;
  read_options(arguments, options, "folder");
  require<ConfigError>(!options.folder.empty(), "from-ouro: the folder of a checkpoint is missing");
  require<ConfigError>(options.out.empty() || !options.tokens.empty(),
                       "from-ouro: --out needs --tokens");
  const auto model = import_ouro<float>(options.folder);
  LoopedTransformerConfig config = model.config();
  const Index length = std::ssize(options.tokens);
  console.out << OptionSet().add("model", config).ini() << "\n"
              << cost_text(model_cost(model.config(), std::max<Index>(length, 1))) << "\n";
  if (options.tokens.empty()) return kExitDone;

  Tensor<Token> tokens({length});
  std::ranges::transform(options.tokens, tokens.begin(),
                         [](Index token) { return static_cast<Token>(token); });
  const auto said = predict_per_loop(model, {1, length, tokens.view().span()}, options.loops);
  console.out << terminal_text(predictions_table(said, length));
  if (options.out.empty()) return kExitDone;
  SafetensorsWriter writer;
  writer.add("tokens", TensorView<const Token>(tokens.view()));
  writer.add("logits", said.logits.view());
  writer.add("exit_probabilities", said.exit_probabilities.view());
  writer.write(options.out);
  return kExitDone;
}

[[nodiscard]] inline Command from_ouro_command() {
  return {"from-ouro", "from-ouro FOLDER", "predictions of such a checkpoint after each loop",
          [] { return options_help<FromOuroOptions>(); }, from_ouro};
}

}  // namespace looplab::lab
