// SPDX-License-Identifier: MIT
//
// The colours of all figures, as the head of a gnuplot script: names of colours, line types 1 ... 12
// (filled marks, then open ones), and the palette of heat maps.
//
// Sources: Okabe & Ito 2008, colours that remain distinct in any colour vision; viridis (van der
// Walt & Smith 2015), perceptually uniform.
#pragma once

#include <string_view>

namespace looplab::lab {

/// Black and grey are reserved for floors and levels.
inline constexpr std::string_view kPalette = R"(
blue = '#0072B2'; vermilion = '#D55E00'; green = '#009E73'; pink = '#CC79A7'
orange = '#E69F00'; sky = '#56B4E9'; grey = '#555555'
set linetype  1 lc rgb blue      pt 7
set linetype  2 lc rgb vermilion pt 5
set linetype  3 lc rgb green     pt 9
set linetype  4 lc rgb pink      pt 11
set linetype  5 lc rgb orange    pt 13
set linetype  6 lc rgb sky       pt 15
set linetype  7 lc rgb blue      pt 6
set linetype  8 lc rgb vermilion pt 4
set linetype  9 lc rgb green     pt 8
set linetype 10 lc rgb pink      pt 10
set linetype 11 lc rgb orange    pt 12
set linetype 12 lc rgb sky       pt 14
set linetype cycle 12
set palette defined (0 '#440154', 0.25 '#3b528b', 0.5 '#21918c', 0.75 '#5ec962', 1 '#fde725')
)";

}  // namespace looplab::lab
