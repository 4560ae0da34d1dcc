// SPDX-License-Identifier: MIT
//
// `claims`: the claims below a folder, and their presets.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "looplab/lab/claims/claim_reader.hpp"
#include "looplab/lab/commands/command.hpp"
#include "looplab/lab/report/text_table.hpp"

namespace looplab::lab {

/// Flags of `claims`.
struct ListClaimsOptions {
  std::string claims = "experiments";

  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    visit(Field{"claims", "folder that contains a folder for each claim"}, self.claims);
  }
};

/// `claims`: folder, sentence and presets of each claim.
[[nodiscard]] inline int list_claims(const std::vector<std::string>& arguments,
                                     const Console& console) {
  ListClaimsOptions options;
  read_options(arguments, options);
  Table table({"claim", "presets"});
  table.columns[0].width = 70;
  for (const std::string& name : claim_names(options.claims)) {
    const ClaimFile file = read_claim_file(std::filesystem::path(options.claims) / name);
    table.add({{name, last_value(file.common, "claim.title")}, joined(file.preset_names())});
  }
  console.out << terminal_text(table);
  return kExitDone;
}

[[nodiscard]] inline Command claims_command() {
  return {"claims", "claims", "list claims and their presets",
          [] { return options_help<ListClaimsOptions>(); }, list_claims};
}

}  // namespace looplab::lab
