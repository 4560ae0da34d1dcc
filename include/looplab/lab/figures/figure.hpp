// SPDX-License-Identifier: MIT
//
// A figure: a plot with a name, a title and a caption, drawn by gnuplot as SVG.
//
//   plot (values)  ->  FigurePlan (script, words)  ->  draw  ->  Figure (SVG, or why there is none)
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "looplab/io/atomic_file.hpp"
#include "looplab/io/process.hpp"
#include "looplab/lab/figures/gnuplot.hpp"
#include "looplab/lab/figures/palette.hpp"

namespace looplab::lab {

/// Size in pixels, at a font size of 14 pixels.
struct FigureSize {
  int width = 760, height = 400;
};

/// A figure before it is drawn. An empty script: there is nothing to show.
struct FigurePlan {
  std::string name, title, caption;
  FigureSize size;
  std::string script;

  FigurePlan() = default;
  /// `plot`: any with members size() and script().
  FigurePlan(std::string own_name, std::string own_title, std::string own_caption, const auto& plot)
      : name(std::move(own_name)),
        title(std::move(own_title)),
        caption(std::move(own_caption)),
        size(plot.size()),
        script(plot.script()) {}
};

/// A drawn figure: the text of an SVG file, or the reason why there is none.
struct Figure : FigurePlan {
  std::string svg, problem;
};

/// What all scripts begin with, before the palette.
inline constexpr std::string_view kFrame =
    R"(set terminal svg size {width},{height} dynamic noenhanced font 'Helvetica,14' background 'white' name 'looplab'
set border 3 lc rgb '#555555'
set tics nomirror out scale 0.5
set grid y lt 1 lw 0.5 lc rgb '#dddddd'
)";

/// The complete script of a figure.
[[nodiscard]] inline std::string gnuplot_script(const FigurePlan& plan) {
  return concat(fill(kFrame, "width", plan.size.width, "height", plan.size.height), kPalette,
                plan.script);
}

/// Draws the plan with gnuplot, or with `program`.
[[nodiscard]] inline Figure draw(const FigurePlan& plan, const std::string& program = "gnuplot") {
  ProcessResult result = run_process(program, gnuplot_script(plan));
  if (result.status == 0) return {plan, std::move(result.output), ""};
  return {plan, "",
          result.status == kProgramMissing
              ? "gnuplot is not installed, so there are no figures."
              : concat("gnuplot failed (status ", result.status, ") on figure ", plan.name)};
}

/// Writes <stem>.gp, the script, and <stem>.svg into `directory`. Removes an older SVG if there is no
/// new one.
inline void write_figure(const std::filesystem::path& directory, const std::string& stem,
                         const Figure& figure) {
  ensure_directory(directory);
  write_file_atomically(directory / (stem + ".gp"), gnuplot_script(figure));
  const std::filesystem::path image = directory / (stem + ".svg");
  if (figure.svg.empty())
    std::filesystem::remove(image);
  else
    write_file_atomically(image, figure.svg);
}

}  // namespace looplab::lab
