// SPDX-License-Identifier: MIT
//
// Figures by gnuplot, as SVG text for a page.
//
// gnuplot is started directly, not through a shell: it reads a script file and writes to a file, so
// no name can be interpreted as a command. Without gnuplot there are no figures, only a reason.
#pragma once

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <cmath>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "looplab/io/atomic_file.hpp"
#include "looplab/lab/report/text_table.hpp"
#include "looplab/stats/interval.hpp"

extern char** environ;

namespace looplab::lab {

/// The text of an SVG file, or the reason why there is none.
struct Figure {
  std::string svg, problem;
};

/// Size in pixels, at a font size of 14 pixels.
struct FigureSize {
  int width = 760, height = 400;
};

/// A figure before it is drawn: a gnuplot script, a file name, a title and a caption.
struct FigurePlan {
  std::string stem, title;
  FigureSize size;
  std::string script, caption;
};

/// Colours that remain distinct in any colour vision (Okabe & Ito 2008).
inline constexpr std::array<std::string_view, 7> kColours{
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#555555"};

/// The text as a gnuplot string without interpretation.
[[nodiscard]] inline std::string gnuplot_text(std::string_view text) {
  std::string quoted = "'";
  for (char c : text) quoted += c == '\'' ? "''" : std::string(1, c == '\n' ? ' ' : c);
  return quoted + "'";
}

/// The same in lines of at most `width` letters, for the label of an axis.
[[nodiscard]] inline std::string gnuplot_lines(const std::string& text, std::size_t width = 42) {
  std::string lines;
  for (const std::string& line : wrapped(text, width))
    lines += (lines.empty() ? "" : " . \"\\n\" . ") + gnuplot_text(line);
  return lines.empty() ? "''" : lines;
}

/// Runs `program` with one argument and redirects standard output to a file. Returns its exit
/// status; 127: missing.
[[nodiscard]] inline int run_to_file(const std::string& program, const std::string& argument,
                                     const std::filesystem::path& output) {
  ::posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 1, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC,
                                     0666);
  ::posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  std::string name = program, first = argument;
  std::array<char*, 3> arguments{name.data(), first.data(), nullptr};
  ::pid_t child = 0;
  const int failed =
      ::posix_spawnp(&child, name.c_str(), &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  int status = 0;
  if (failed != 0) return 127;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

/// gnuplot's SVG as an element of a page: no prolog, no name spaces, a title for screen readers.
[[nodiscard]] inline std::string inline_svg(std::string svg, const std::string& title) {
  svg.erase(0, std::min(svg.find("<svg"), svg.size()));
  for (std::string_view name : {"xmlns=", "xmlns:xlink="}) {
    const std::size_t begin = svg.find(concat(' ', name));
    if (begin == std::string::npos) continue;
    svg.erase(begin, svg.find('"', svg.find('"', begin) + 1) + 1 - begin);
  }
  const std::string own = "<title>Gnuplot</title>";
  if (const std::size_t i = svg.find(own); i != std::string::npos)
    svg.replace(i, own.size(), "<title>" + title + "</title>");
  return svg;
}

/// Draws the plan; keeps script and SVG as <stem>.gp and <stem>.svg in `directory`.
[[nodiscard]] inline Figure draw(const std::filesystem::path& directory, const FigurePlan& plan,
                                 const std::string& program = "gnuplot") {
  ensure_directory(directory);
  const std::filesystem::path source = directory / (plan.stem + ".gp"),
                              image = directory / (plan.stem + ".svg");
  write_file_atomically(
      source, concat("set terminal svg size ", plan.size.width, ',', plan.size.height,
                     " dynamic noenhanced font 'Helvetica,14' background 'white' name 'looplab'\n"
                     "set border 3 lc rgb '#555555'\nset tics nomirror out scale 0.5\n"
                     "set grid y lt 1 lw 0.5 lc rgb '#dddddd'\n",
                     plan.script));
  const int status = run_to_file(program, source.string(), image);
  if (status != 0) std::filesystem::remove(image);
  if (status == 127) return {"", "gnuplot is not installed, so there are no figures."};
  if (status != 0)
    return {"", concat("gnuplot failed (status ", status, ") on ", source.filename().string())};
  return {read_file(image), ""};
}

/// Range of an axis that shows all values with a margin.
[[nodiscard]] inline std::string padded_range(double low, double high) {
  const double room = high > low ? 0.08 * (high - low) : 0.1 * std::abs(high) + 0.01;
  return concat('[', low - room, ':', high + room, ']');
}

/// A mean with its interval as "mean low high"; without an interval (one seed) all three are equal.
[[nodiscard]] inline std::string interval_data(const stats::Interval& interval) {
  const bool known = std::isfinite(interval.low);
  return concat(interval.mean, ' ', known ? interval.low : interval.mean, ' ',
                known ? interval.high : interval.mean);
}

/// The colour of the i-th line; black and grey are reserved for floors and levels.
[[nodiscard]] inline std::string_view line_colour(std::size_t i) {
  return kColours[i % (kColours.size() - 1)];
}

/// The mark of the i-th line; lines of the same colour have different marks.
[[nodiscard]] inline int line_mark(std::size_t i) {
  constexpr std::array<int, 12> kMarks{7, 5, 9, 11, 13, 15, 6, 4, 8, 10, 12, 14};  // filled, open
  return kMarks[i % kMarks.size()];
}

/// The range of an axis: all values, and their intervals unless these would dwarf the values.
class AxisRange {
 public:
  void add(double value) {
    if (!std::isfinite(value)) return;
    low_ = std::min(low_, value);
    high_ = std::max(high_, value);
  }
  void add(const stats::Interval& interval) {
    add(interval.mean);
    if (!std::isfinite(interval.low)) return;
    far_low_ = std::min(far_low_, interval.low);
    far_high_ = std::max(far_high_, interval.high);
  }
  [[nodiscard]] bool empty() const { return low_ > high_; }
  /// "[low:high]".
  [[nodiscard]] std::string text() const {
    const double room = std::max(0.5 * (high_ - low_), 0.05 * std::abs(high_));
    return padded_range(std::min(low_, std::max(far_low_, low_ - room)),
                        std::max(high_, std::min(far_high_, high_ + room)));
  }

 private:
  double low_ = INFINITY, high_ = -INFINITY, far_low_ = INFINITY, far_high_ = -INFINITY;
};

}  // namespace looplab::lab
