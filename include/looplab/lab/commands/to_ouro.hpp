// SPDX-License-Identifier: MIT
//
// `to-ouro RUN`: writes a trained model as a checkpoint that Ouro's published code can load.
#pragma once

#include <string>
#include <vector>

#include "looplab/lab/commands/command.hpp"
#include "looplab/lab/commands/console.hpp"
#include "looplab/lab/runs/trained_run.hpp"
#include "looplab/train/ouro_checkpoint.hpp"

namespace looplab::lab {

/// Flags of `to-ouro`.
struct ToOuroOptions {
  std::string run, out;

  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    visit(Field{"run", "folder with config.ini and checkpoint.safetensors"}, self.run);
    visit(Field{"out", "folder for the checkpoint"}, self.out);
  }
};

/// `to-ouro RUN`.
[[nodiscard]] inline int to_ouro(const std::vector<std::string>& arguments,
                                 const Console& console) {
  ToOuroOptions options;
  read_options(arguments, options, "run");
  require<ConfigError>(!options.out.empty(), "to-ouro: --out=FOLDER is missing");
  const TrainedRun run("to-ouro", options.run);
  const LoopedTransformer<float>& model = run.model.looped_transformer("to-ouro");
  export_ouro(model, options.out);
  console.out << options.out << ": " << kOuroConfigName << ", " << kSafetensorsName << "\n";
  if (model.config().product_type == kernels::ComputeType::bfloat16)
    console.out << "Products of this model are rounded to bfloat16 (model.product_type); those of "
                   "the checkpoint are not.\n";
  if (!model.config().exit_gate)
    console.out << "The model has no exit gate; the checkpoint has one that never exits before "
                   "the last loop.\n";
  return kExitDone;
}

[[nodiscard]] inline Command to_ouro_command() {
  return {"to-ouro", "to-ouro RUN --out=FOLDER", "a checkpoint that Ouro's published code loads",
          [] { return options_help<ToOuroOptions>(); }, to_ouro};
}

}  // namespace looplab::lab
