// SPDX-License-Identifier: MIT
// A claim that runs in a fraction of a second, as a file.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

namespace looplab_test {

inline void write_text(const std::filesystem::path& path, const std::string& text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path) << text;
}

/// What all cells of the tiny claim share.
inline const std::string kTinyRun =
    "[task]\nkind = k_hop_induction\nsequence_length = 9\nalphabet_size = 3\nmax_hops = 2\n"
    "[model]\nd_model = 8\nnum_heads = 1\n"
    "[train]\nnum_steps = 4\nbatch_size = 4\ncheckpoint_every = 2\n"
    "[evaluation]\nnum_sequences = 8\n";

/// The parts of the tiny claim's file, in their order.
struct TinyClaim {
  std::string words =
      "[claim]\ntitle = Loops help.\npaper = They do.\nsource = somewhere\nmetric = accuracy\n"
      "metric_label = accuracy\ndeviations = tiny\n";
  std::string run = kTinyRun;
  std::string cells =
      "[cell.1x1]\nlabel = baseline\nmodel.num_loops = 1\n"
      "[cell.1x2]\nmodel.num_loops = 2\n"
      "[cell.2x1]\nmodel.num_block_layers = 2\nmodel.num_loops = 1\n";
  std::string expected =
      "[endpoint.loops_help]\nkind = difference\nmetric = accuracy\ncell = 1x2\nbaseline = 1x1\n"
      "size = 0.3\nprimary = true\nexpected = more loops, more hops\n"
      "reason = each hop needs a loop\n"
      "[endpoint.no_harm]\nkind = null\nmetric = loss\ncell = 1x2\nbaseline = 2x1\nmargin = 0.5\n"
      "[exchange.accuracy]\nmetric = accuracy\ncell = 1x2\nladder = 1x1, 2x1\n";
  std::string presets = "[preset.tiny]\nseeds = 3\n[preset.other]\nseeds = 3\n";
  std::string more = "";
};

/// Writes claim.ini into a claim's folder.
inline void write_claim_file(const std::filesystem::path& claim, const TinyClaim& parts = {}) {
  write_text(claim / "claim.ini",
             parts.words + parts.run + parts.cells + parts.expected + parts.presets + parts.more);
}
/// The same with more lines at its end, such as another preset.
inline void write_claim_file(const std::filesystem::path& claim, const std::string& more) {
  write_claim_file(claim, TinyClaim{.more = more});
}

/// Writes <claims>/loops_help with presets "tiny" and "other".
inline std::filesystem::path write_claim(const std::filesystem::path& claims) {
  const std::filesystem::path claim = claims / "loops_help";
  write_claim_file(claim);
  return claim;
}

}  // namespace looplab_test
