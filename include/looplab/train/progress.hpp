// SPDX-License-Identifier: MIT
//
// Progress and remaining time of long work: one line on standard error.
//
//   training  [#########...........]  45 %  1 min 12 s left  loss 0.31
//   3 of 45 runs  [###.................]  17 %  2 h 05 min left  1x4-s1 45 %, 3 min 12 s left
//
// On a terminal the line is redrawn in place. Otherwise (a file, a pipe) whole lines are written,
// but few: after 30 s, or after a tenth of the work if that took 5 s. Short work prints nothing
// there.
#pragma once

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <iomanip>
#include <iostream>
#include <list>
#include <mutex>
#include <sstream>
#include <string>
#include <utility>

#include "looplab/core/tensor.hpp"

namespace looplab {

/// "12 s", "3 min 05 s", "2 h 10 min".
[[nodiscard]] inline std::string duration_text(double seconds) {
  const auto total = static_cast<Index>(std::llround(std::max(0.0, seconds)));
  const auto two_digits = [](Index value) { return concat(value < 10 ? "0" : "", value); };
  if (total < 60) return concat(total, " s");
  if (total < 3600) return concat(total / 60, " min ", two_digits(total % 60), " s");
  return concat(total / 3600, " h ", two_digits(total / 60 % 60), " min");
}

/// A line as in the file comment. `seconds_left` below 0: not known yet.
[[nodiscard]] inline std::string progress_line(const std::string& label, double share,
                                               double seconds_left, const std::string& note) {
  constexpr int kWidth = 20;
  const double done = std::clamp(share, 0.0, 1.0);
  const auto filled = static_cast<std::size_t>(done * kWidth);
  std::ostringstream line;
  line << label << "  [" << std::string(filled, '#') << std::string(kWidth - filled, '.') << "] "
       << std::setw(3) << static_cast<int>(done * 100) << " %";
  if (seconds_left >= 0) line << "  " << duration_text(seconds_left) << " left";
  if (!note.empty()) line << "  " << note;
  return line.str();
}

/// The completed part of some work and its remaining time, by the mean speed since the start.
class Estimate {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Estimate(Index total) : total_(total) {}

  void set_done(Index done) {
    if (before_ < 0) before_ = done;
    done_ = done;
  }
  void add(Index units) {
    if (before_ < 0) before_ = done_;
    done_ += units;
  }
  /// Records that `units` were done before this program began.
  void skip(Index units) {
    before_ = std::max<Index>(before_, 0) + units;
    done_ += units;
  }
  [[nodiscard]] double share() const {
    return total_ > 0 ? static_cast<double>(done_) / static_cast<double>(total_) : 1.0;
  }
  /// -1 in the first second.
  [[nodiscard]] double seconds_left(Clock::time_point now) const {
    const double elapsed = std::chrono::duration<double>(now - start_).count();
    const auto done_here = static_cast<double>(done_ - std::max<Index>(before_, 0));
    if (done_ >= total_) return 0;
    if (elapsed < 1 || done_here <= 0) return -1;
    return elapsed / done_here * static_cast<double>(total_ - done_);
  }
  [[nodiscard]] Clock::time_point start() const { return start_; }

 private:
  Index total_;
  Clock::time_point start_ = Clock::now();
  Index done_ = 0;
  Index before_ = -1;  // done before this program began; -1: nothing reported yet
};

/// One of several parts of the work in progress: "1x4-s1 45 %, 3 min 12 s left".
struct PartOfWork {
  std::string label;
  Estimate estimate;

  [[nodiscard]] std::string text(Estimate::Clock::time_point now) const {
    const double left = estimate.seconds_left(now), share = std::clamp(estimate.share(), 0.0, 1.0);
    return concat(label, ' ', static_cast<int>(100 * share), " %",
                  left >= 0 ? concat(", ", duration_text(left), " left") : std::string());
  }
};

/// Number of columns if standard error is a terminal, otherwise 0.
[[nodiscard]] inline std::size_t terminal_columns() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

/// Draws the progress of `total` units of work. May be called from several threads.
class Progress {
 public:
  using Clock = Estimate::Clock;

  /// To standard error.
  Progress(std::string label, Index total)
      : Progress(std::move(label), total, std::cerr, ::isatty(STDERR_FILENO) == 1,
                 terminal_columns()) {}
  /// To `out`, in place if it is a terminal, whose lines are cut to `columns` (0: not cut).
  Progress(std::string label, Index total, std::ostream& out, bool is_terminal,
           std::size_t columns = 0)
      : label_(std::move(label)),
        whole_(total),
        out_(out),
        is_terminal_(is_terminal),
        columns_(columns) {}
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress() { finish(); }

  /// Records that `done` units are done. The first call starts the clock of the estimate, because
  /// its units may have been done before.
  void update(Index done, const std::string& note = "") {
    const std::scoped_lock lock(mutex_);
    whole_.set_done(done);
    note_ = note;
    draw(Clock::now());
  }
  /// Records that `units` more are done.
  void add(Index units, const std::string& note = "") {
    const std::scoped_lock lock(mutex_);
    whole_.add(units);
    note_ = note;
    draw(Clock::now());
  }
  /// Records that `units` were done before this program began.
  void skip(Index units) {
    const std::scoped_lock lock(mutex_);
    whole_.skip(units);
  }
  /// Changes the label of the work.
  void relabel(std::string label) {
    const std::scoped_lock lock(mutex_);
    label_ = std::move(label);
  }
  /// Of the whole work; -1: not known yet.
  [[nodiscard]] double seconds_left() {
    const std::scoped_lock lock(mutex_);
    return whole_.seconds_left(Clock::now());
  }
  /// Draws the current state and ends the line, if one was begun.
  void finish() {
    const std::scoped_lock lock(mutex_);
    if (!line_open_) return;
    out_ << '\r' << line(Clock::now()) << "\033[K\n" << std::flush;
    line_open_ = false;
  }
  /// Writes a line of text above the bar.
  void say(const std::string& text) {
    const std::scoped_lock lock(mutex_);
    out_ << (line_open_ ? "\r\033[K" : "") << text << '\n' << std::flush;
    if (line_open_) drawn_ = {};
  }

 private:
  friend class ProgressPart;

  [[nodiscard]] std::string line(Clock::time_point now) const {
    std::string notes = note_;
    for (const PartOfWork& part : parts_) notes += (notes.empty() ? "" : "  ") + part.text(now);
    std::string text = progress_line(label_, whole_.share(), whole_.seconds_left(now), notes);
    if (is_terminal_ && columns_ > 1) text.resize(std::min(text.size(), columns_ - 1));
    return text;
  }
  void draw(Clock::time_point now) {
    using namespace std::chrono_literals;
    const auto since = now - drawn_;
    if (is_terminal_) {
      if (since < 100ms) return;
      out_ << '\r' << line(now) << "\033[K" << std::flush;
      line_open_ = true;
    } else {
      const bool much = whole_.share() - drawn_share_ >= 0.1 && since >= 5s;
      if (since < 30s && !much) return;
      out_ << line(now) << std::endl;
    }
    drawn_ = now;
    drawn_share_ = whole_.share();
  }

  std::string label_;
  Estimate whole_;
  std::list<PartOfWork> parts_;
  std::ostream& out_;
  bool is_terminal_;
  std::size_t columns_;
  std::mutex mutex_;
  Clock::time_point drawn_ = is_terminal_ ? Clock::time_point{} : whole_.start();
  double drawn_share_ = 0;
  std::string note_;
  bool line_open_ = false;
};

/// A part of the work of a `Progress`, shown beside the whole during the object's lifetime.
class ProgressPart {
 public:
  ProgressPart(Progress& whole, std::string label, Index total) : whole_(whole) {
    const std::scoped_lock lock(whole.mutex_);
    part_ = whole.parts_.insert(whole.parts_.end(), {std::move(label), Estimate(total)});
  }
  ~ProgressPart() {
    const std::scoped_lock lock(whole_.mutex_);
    whole_.parts_.erase(part_);
  }
  ProgressPart(const ProgressPart&) = delete;
  ProgressPart& operator=(const ProgressPart&) = delete;

  /// Records that `units` more of the part, and so of the whole, are done.
  void add(Index units) {
    const std::scoped_lock lock(whole_.mutex_);
    part_->estimate.add(units);
    whole_.whole_.add(units);
    whole_.draw(Progress::Clock::now());
  }
  /// Records that `units` of both were done before this program began.
  void skip(Index units) {
    const std::scoped_lock lock(whole_.mutex_);
    part_->estimate.skip(units);
    whole_.whole_.skip(units);
  }

 private:
  Progress& whole_;
  std::list<PartOfWork>::iterator part_;
};

}  // namespace looplab
