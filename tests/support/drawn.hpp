// SPDX-License-Identifier: MIT
// What gnuplot makes of a plot. For test cases with the tag [gnuplot].
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "looplab/lab/figures/figure.hpp"
#include "support/catch.hpp"

namespace looplab_test {

/// A plot that is a script, of any size.
struct Script {
  std::string text;
  looplab::lab::FigureSize area = {};

  [[nodiscard]] looplab::lab::FigureSize size() const { return area; }
  [[nodiscard]] std::string script() const { return text; }
};

/// The SVG of any plot with size() and script().
[[nodiscard]] inline std::string drawn(const auto& plot) {
  const looplab::lab::Figure figure = looplab::lab::draw({"name", "title", "caption", plot});
  INFO(figure.problem << "\n" << gnuplot_script(figure));
  REQUIRE(figure.problem.empty());
  REQUIRE_THAT(figure.svg, contains("</svg>"));
  return figure.svg;
}

/// Whether a figure has this text as a whole: a label, a tick, an entry of the key.
[[nodiscard]] inline bool shows(const std::string& svg, const std::string& text) {
  return svg.find("<text>" + text + "</text>") != std::string::npos ||
         svg.find(">" + text + "</tspan>") != std::string::npos;
}

/// How often `part` stands in a text.
[[nodiscard]] inline int count_of(std::string_view text, std::string_view part) {
  int count = 0;
  for (std::size_t i = 0; (i = text.find(part, i)) != std::string_view::npos; i += part.size())
    ++count;
  return count;
}

}  // namespace looplab_test
