// SPDX-License-Identifier: MIT
//
// Verdicts as tables: on a terminal, and in Markdown for a claim's folder.
#pragma once

#include <string>
#include <vector>

#include "looplab/lab/report/text_table.hpp"
#include "looplab/lab/verdicts/verdict.hpp"

namespace looplab::lab {

/// "(1x4 - 1x1) / (4x1 - 1x1)".
[[nodiscard]] inline std::string ratio_text(const Gap& gap) {
  return concat('(', gap.loop, " - ", gap.iso_parameter, ") / (", gap.iso_flop, " - ",
                gap.iso_parameter, ')');
}

/// The measurement of an endpoint: difference, p, and other reasons for the verdict; one part per
/// line.
[[nodiscard]] inline std::vector<std::string> measured_lines(const EndpointRow& row) {
  std::vector<std::string> lines{interval_text(row.difference)};
  if (const std::string p = p_text(row); !p.empty()) lines.push_back(p);
  if (!row.note.empty()) lines.push_back(row.note);
  return lines;
}

/// The correction of the primary endpoints of a family, and the members not measured yet.
[[nodiscard]] inline std::string correction_text(const Family& family) {
  const auto counted = [](std::size_t count, const std::string& what) {
    return concat(count, ' ', what, count == 1 ? "" : "s");
  };
  std::string text =
      concat("Holm's correction over the ",
             counted(static_cast<std::size_t>(family.num_primary), "primary endpoint"), " of the ",
             counted(family.claims.size(), "claim"), " of family ", family.name, ".");
  if (!family.missing.empty())
    text += concat(" Preliminary: a primary endpoint is not measured yet in ",
                   joined(family.missing), ", counted with p = 1.");
  return text;
}

/// The same for every family.
[[nodiscard]] inline std::string correction_text(const Verdicts& verdicts) {
  std::string text;
  for (const Family& family : verdicts.families)
    text += (text.empty() ? "" : " ") + correction_text(family);
  return text;
}

/// The verdict table for a terminal.
[[nodiscard]] inline std::string verdict_table(const Verdicts& verdicts) {
  std::vector<std::vector<std::string>> rows{
      {"claim", "paper", "expected here", "measured (mean, 95 %)", "verdict"}};
  for (const EndpointRow& row : verdicts.endpoints) {
    rows.push_back({concat(row.title, '\n', row.endpoint.primary ? "* " : "- ", row.endpoint.name),
                    row.paper, expected_here(row.endpoint), joined(measured_lines(row), "\n"),
                    to_text(row.verdict)});
  }
  for (const GapRow& row : verdicts.gaps)
    rows.push_back(
        {"gap closed: " + row.gap.title(), "", ratio_text(row.gap),
         concat(row.gap.metric, ": ", gap_text(row.closed), "\nnats: ", gap_text(row.nats)),
         row.closed.ratio || row.nats.ratio ? "" : "undefined"});
  return text_table(rows, {28, 24, 28, 26, 14}) + "(* the claim stands or falls with it. " +
         correction_text(verdicts) + ")\n";
}

/// Text as a cell of a Markdown table.
[[nodiscard]] inline std::string markdown_text(std::string_view text) {
  std::string safe;
  for (char c : text)
    safe += c == '|' ? "\\|" : c == '\n' ? " " : c == '<' ? "&lt;" : std::string(1, c);
  return safe;
}

/// The rows of one claim as two tables in Markdown.
[[nodiscard]] inline std::string verdict_markdown(const Verdicts& verdicts,
                                                  const std::string& claim) {
  std::string text =
      "| endpoint | expected | measured (mean, 95 %) | verdict |\n|---|---|---|---|\n";
  for (const EndpointRow& row : verdicts.endpoints) {
    if (row.claim != claim) continue;
    text += concat("| ", row.endpoint.name, row.endpoint.primary ? " (primary)" : "", " | ",
                   markdown_text(expected_here(row.endpoint)), " | ",
                   markdown_text(joined(measured_lines(row), "; ")), " | ", to_text(row.verdict),
                   " |\n");
  }
  std::string gaps;
  for (const GapRow& row : verdicts.gaps)
    if (row.claim == claim)
      gaps += concat("| ", markdown_text(row.gap.title()), " | ", ratio_text(row.gap), " | ",
                     row.gap.metric, ": ", markdown_text(gap_text(row.closed)), " | ",
                     markdown_text(gap_text(row.nats)), " |\n");
  if (!gaps.empty())
    text +=
        "\n| gap closed | cells | in its metric | in nats of the answers |\n|---|---|---|---|\n" +
        gaps;
  return text;
}

}  // namespace looplab::lab
