// SPDX-License-Identifier: MIT
//
// Figures by gnuplot, as SVG text to put into a page.
//
// gnuplot is started directly, not through a shell: it reads a script file and writes to a file, so
// no name can be misread as a command. Where it is missing there are no figures, and a reason.
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
#include "looplab/lab/verdict.hpp"

extern char** environ;

namespace looplab {

/// An SVG element, or why there is none.
struct Figure {
  std::string svg, problem;
};

/// Colours that people with any colour vision tell apart (Okabe & Ito 2008).
inline constexpr std::array<std::string_view, 7> kColours{
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#555555"};

/// Text as a gnuplot string that is taken as it is.
[[nodiscard]] inline std::string gnuplot_text(std::string_view text) {
  std::string quoted = "'";
  for (char c : text) quoted += c == '\'' ? "''" : std::string(1, c == '\n' ? ' ' : c);
  return quoted + "'";
}

/// Runs `program` with one argument; standard output goes to a file. Its exit status; 127: missing.
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

/// Draws what `script` says (after the terminal is set) and keeps script and SVG as <stem>.gp and
/// <stem>.svg in `directory`.
[[nodiscard]] inline Figure draw(const std::filesystem::path& directory, const std::string& stem,
                                 const std::string& title, int width, int height,
                                 const std::string& script,
                                 const std::string& program = "gnuplot") {
  ensure_directory(directory);
  const std::filesystem::path source = directory / (stem + ".gp"),
                              image = directory / (stem + ".svg");
  write_file_atomically(
      source, concat("set terminal svg size ", width, ',', height,
                     " dynamic noenhanced font 'Helvetica,14' background 'white' name 'looplab'\n"
                     "set border 3 lc rgb '#555555'\nset tics nomirror out scale 0.5\n"
                     "set grid y lt 1 lw 0.5 lc rgb '#dddddd'\n",
                     script));
  const int status = run_to_file(program, source.string(), image);
  if (status == 127) return {"", "gnuplot is not installed, so there are no figures."};
  if (status != 0)
    return {"", concat("gnuplot failed (status ", status, ") on ", source.filename().string())};
  return {inline_svg(read_file(image), title), ""};
}

/// Range of an axis that shows all values with some room.
[[nodiscard]] inline std::string padded_range(double low, double high) {
  const double room = high > low ? 0.08 * (high - low) : 0.1 * std::abs(high) + 0.01;
  return concat('[', low - room, ':', high + room, ']');
}

/// The values of one cell.
struct CellValues {
  std::string name;
  std::vector<double> values;
};

/// One metric for every cell: a dot for each seed, the mean with its 95 % interval, the floor.
[[nodiscard]] inline std::string cells_script(const std::vector<CellValues>& cells,
                                              const std::string& label, const double* floor) {
  std::string dots, means, ticks;
  double low = floor == nullptr ? INFINITY : *floor, high = floor == nullptr ? -INFINITY : *floor;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    ticks += concat(i == 0 ? "" : ", ", gnuplot_text(cells[i].name), ' ', i);
    if (cells[i].values.empty()) continue;
    const Interval interval = mean_interval(cells[i].values);
    for (std::size_t s = 0; s < cells[i].values.size(); ++s) {
      const double shift = 0.18 + 0.04 * static_cast<double>(s % 5);
      dots += concat(static_cast<double>(i) + shift, ' ', cells[i].values[s], '\n');
      low = std::min(low, cells[i].values[s]);
      high = std::max(high, cells[i].values[s]);
    }
    const bool known = std::isfinite(interval.low);
    const double bottom = known ? interval.low : interval.mean,
                 top = known ? interval.high : interval.mean;
    means += concat(i, ' ', interval.mean, ' ', bottom, ' ', top, ' ', i % kColours.size(), '\n');
    low = std::min(low, bottom);
    high = std::max(high, top);
  }
  if (means.empty()) return "";
  std::string script =
      concat("$dots << EOD\n", dots, "EOD\n$means << EOD\n", means,
             "EOD\nset xrange [-0.5:", static_cast<double>(cells.size()) - 0.5, "]\nset yrange ",
             padded_range(low, high), "\nset xtics (", ticks,
             ")\nset xlabel 'cell (k x R: k distinct layers, applied R times)'\n", "set ylabel ",
             gnuplot_text(label), "\nset key outside top horizontal right\n");
  std::string plot = concat(
      "plot $means using 1:2:3:4 with yerrorbars pt 7 ps 1.1 lw 2 lc rgb '", kColours[0],
      "' title 'mean with 95 % interval', $dots using 1:2 with points pt 6 ps 0.6 lw 1.2 lc rgb '",
      kColours[6], "' title 'seeds'");
  if (floor != nullptr)
    plot += concat(", ", *floor, " with lines dt 2 lw 1.5 lc rgb '", kColours[1],
                   "' title 'floor: best guess without the ability'");
  return script + plot + '\n';
}

/// One line: a value with its interval at each of the slices.
struct SliceLine {
  std::string name;
  std::vector<Interval> values;
};

/// A metric by slice (hops, for instance), a line for each cell, with the floor of each slice.
[[nodiscard]] inline std::string slices_script(const std::vector<std::string>& slices,
                                               const std::vector<SliceLine>& lines,
                                               const std::vector<double>& floors,
                                               const std::string& label) {
  std::string script = "set key outside right top\n", plot, ticks;
  for (std::size_t i = 0; i < slices.size(); ++i)
    ticks += concat(i == 0 ? "" : ", ", gnuplot_text(slices[i]), ' ', i);
  double low = INFINITY, high = -INFINITY;
  for (std::size_t l = 0; l < lines.size(); ++l) {
    // A little to the side, so that intervals of different cells do not hide each other.
    const double shift = 0.06 * (static_cast<double>(l) - 0.5 * double(lines.size() - 1));
    script += concat("$line", l, " << EOD\n");
    for (std::size_t i = 0; i < lines[l].values.size(); ++i) {
      const auto& [count, mean, bottom, top] = lines[l].values[i];
      if (count == 0) continue;
      const bool known = std::isfinite(bottom);
      script += concat(static_cast<double>(i) + shift, ' ', mean, ' ', known ? bottom : mean, ' ',
                       known ? top : mean, '\n');
      low = std::min(low, known ? bottom : mean);
      high = std::max(high, known ? top : mean);
    }
    script += "EOD\n";
    plot += concat(plot.empty() ? "plot " : ", ", "$line", l,
                   " using 1:2:3:4 with yerrorlines lw 1.8 pt ", 4 + l % 10, " ps 0.7 lc rgb '",
                   kColours[l % (kColours.size() - 1)], "' title ", gnuplot_text(lines[l].name));
  }
  if (!floors.empty()) {
    script += "$floor << EOD\n";
    for (std::size_t i = 0; i < floors.size(); ++i) {
      script += concat(i, ' ', floors[i], '\n');
      low = std::min(low, floors[i]);
      high = std::max(high, floors[i]);
    }
    script += "EOD\n";
    plot += concat(", $floor with lines dt 2 lw 1.5 lc rgb '", kColours[6], "' title 'floor'");
  }
  if (!std::isfinite(low)) return "";
  return concat(script, "set xrange [-0.5:", static_cast<double>(slices.size()) - 0.5,
                "]\nset yrange ", padded_range(low, high), "\nset xtics (", ticks, ")\nset ylabel ",
                gnuplot_text(label), '\n', plot, '\n');
}

/// Gaps closed with their intervals, one row each, and the marks 0 and 1.
[[nodiscard]] inline std::string gaps_script(const std::vector<GapRow>& rows) {
  std::string data, ticks, labels;
  double low = -0.1, high = 1.1;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::size_t y = rows.size() - 1 - i;
    const std::string& name = rows[i].gap.title();
    ticks += concat(i == 0 ? "" : ", ", gnuplot_text(name), ' ', y);
    const GapClosed& gap = rows[i].closed;
    if (!gap.ratio) {
      labels += concat("set label ", i + 1, " 'undefined' at 0.5,", y,
                       " center front tc rgb '#888888'\n");
      continue;
    }
    data += concat(*gap.ratio, ' ', y, ' ', gap.low, ' ', gap.high, '\n');
    low = std::min(low, std::max(-2.0, gap.low));
    high = std::max(high, std::min(3.0, gap.high));
  }
  std::string script =
      concat(labels, "unset key\nset grid x noy lt 1 lw 0.5 lc rgb '#dddddd'\nset yrange [-0.6:",
             static_cast<double>(rows.size()) - 0.4, "]\nset xrange ", padded_range(low, high),
             "\nset ytics (", ticks,
             ")\nset xlabel 'gap closed   (0: looping brings nothing,  1: as much as kR distinct "
             "layers)'\n"
             "set arrow 1 from 0, graph 0 to 0, graph 1 nohead lw 1.5 dt 2 lc rgb '#555555'\n"
             "set arrow 2 from 1, graph 0 to 1, graph 1 nohead lw 1.5 dt 2 lc rgb '#555555'\n");
  if (data.empty()) return script + "plot NaN notitle\n";
  return concat(script, "$gaps << EOD\n", data,
                "EOD\nplot $gaps using 1:2:3:4 with xerrorbars pt 7 ps 1.2 lw 2 lc rgb '",
                kColours[0], "'\n");
}

}  // namespace looplab
