// SPDX-License-Identifier: MIT
//
// Recorded windows: data from files, written by `looplab export` or by any other program, in the
// formats of io/window_file.hpp. One file per split.
//
// Training repeats the file's windows, each epoch in a new order drawn from the seed (or in the
// file's order); held-out windows are those of their files, in order, once.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "looplab/core/config.hpp"
#include "looplab/io/window_file.hpp"
#include "looplab/tasks/detail/epoch_order.hpp"
#include "looplab/tasks/task.hpp"

namespace looplab {

/// The files, and the order in which training reads them. `checksum` identifies their content, so
/// that a result refers to the data it was made from; it is empty until `resolved`.
struct RecordedConfig {
  std::string path = {}, validation = {}, test = {};
  bool shuffle = true;
  std::string checksum = {};

  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    visit(Field{"path", "file of training windows (JSON lines or npy, see looplab export)"},
          self.path);
    visit(Field{"validation", "file of validation windows; empty: none"}, self.validation);
    visit(Field{"test", "file of test windows; empty: none"}, self.test);
    visit(Field{"shuffle", "whether every epoch reads the training windows in a new order"},
          self.shuffle);
    visit(Field{"checksum", "expected checksum of the files; empty: accept any"}, self.checksum);
  }

  /// \throws ConfigError
  void validate() const {
    require<ConfigError>(!path.empty(), "recorded: path is empty, expected a file of windows");
  }
};

/// Satisfies `Task`.
class Recorded {
 public:
  static constexpr std::string_view kName = "recorded";
  static constexpr std::string_view kHelp = "windows from a file (looplab export, or your own)";

  /// Reads the files. \throws FileError; ConfigError if they do not belong together or differ from
  /// the files of `config.checksum`
  explicit Recorded(RecordedConfig config) : config_(std::move(config)) {
    config_.validate();
    const std::array<std::string, 3> paths{config_.path, config_.validation, config_.test};
    std::string checksum;
    for (std::size_t i = 0; i < paths.size(); ++i) {
      if (paths[i].empty()) continue;
      files_[i] = read_windows(paths[i]);
      checksum += (checksum.empty() ? "" : "-") + files_[i]->checksum;
      const WindowHeader &first = header(), &other = files_[i]->header;
      require<ConfigError>(other.vocab_size == first.vocab_size && other.length == first.length &&
                               other.slices == first.slices,
                           "recorded: ", paths[i], " has vocab_size ", other.vocab_size,
                           ", windows of ", other.length, " and ", other.slices.size(),
                           " slices, expected those of ", config_.path, ": ", first.vocab_size,
                           ", ", first.length, ", ", first.slices.size(), " by the same names");
    }
    require<ConfigError>(config_.checksum.empty() || config_.checksum == checksum,
                         "recorded: checksum is ", config_.checksum, ", but the files have ",
                         checksum, ": they have changed");
    config_.checksum = checksum;
  }

  /// The configuration with the checksum of the files.
  [[nodiscard]] const RecordedConfig& config() const { return config_; }
  [[nodiscard]] const WindowHeader& header() const { return files_[0]->header; }
  [[nodiscard]] std::string name() const { return std::string(kName); }
  [[nodiscard]] Index vocab_size() const { return header().vocab_size; }
  [[nodiscard]] Index sequence_length() const { return header().length; }
  [[nodiscard]] Index num_slices() const { return std::ssize(header().slices); }
  [[nodiscard]] std::string slice_name(Index slice) const {
    return header().slices.at(static_cast<std::size_t>(slice));
  }
  /// The recorded floor; 0 if none was recorded.
  [[nodiscard]] double slice_floor(Index slice) const {
    const auto& floors = header().slice_floors;
    return floors.empty() ? 0 : floors.at(static_cast<std::size_t>(slice));
  }
  [[nodiscard]] std::string token_name(Token token) const {
    const auto& names = header().tokens;
    return names.empty() ? to_text(Index{token}) : names.at(static_cast<std::size_t>(token));
  }
  /// Number of windows of the smaller held-out file; 0 without one.
  [[nodiscard]] Index num_evaluation_sequences() const {
    Index count = 0;
    for (std::size_t i = 1; i < files_.size(); ++i)
      if (files_[i]) count = count == 0 ? files_[i]->count() : std::min(count, files_[i]->count());
    return count;
  }

  /// Fills window `index` of a split; a pure function of its arguments and the files.
  /// \throws ConfigError if the split has no file, or a held-out file no such window
  void sample(Seed seed, Split split, Index index, Window window) const {
    const std::optional<WindowFile>& file = files_[static_cast<std::size_t>(split)];
    require<ConfigError>(file.has_value(), "recorded: there is no file of ", to_text(split),
                         " windows (task.", to_text(split), ")");
    if (split == Split::train) {
      index = config_.shuffle ? EpochOrder(file->count(), seed, "recorded/train", index).next()
                              : index % file->count();
    }
    require<ConfigError>(index < file->count(), "recorded: the ", to_text(split), " file has ",
                         file->count(), " windows, number ", index + 1,
                         " was asked for (evaluation.num_sequences)");
    std::ranges::copy(file->row(index, WindowRow::tokens), window.tokens.begin());
    std::ranges::copy(file->row(index, WindowRow::targets), window.targets.begin());
    std::ranges::copy(file->row(index, WindowRow::slices), window.slices.begin());
    std::ranges::copy(file->row(index, WindowRow::documents), window.documents.begin());
  }

 private:
  RecordedConfig config_;
  std::array<std::optional<WindowFile>, 3> files_;  // by split
};

static_assert(Task<Recorded>);

}  // namespace looplab
