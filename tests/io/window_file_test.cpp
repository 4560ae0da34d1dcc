// SPDX-License-Identifier: MIT
#include "looplab/io/window_file.hpp"

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

using namespace looplab;
using namespace looplab_test;

namespace {

const std::vector<std::vector<Token>> kRows{
    {0, 1, 2}, {1, -100, 2}, {0, -1, 1},  {0, 1, 1},  // two documents
    {2, 2, 0}, {-100, 0, 1}, {-1, -1, 0}, {0, 0, 0}};

WindowHeader small_header() {
  return {.task = "small",
          .split = "test",
          .seed = 7,
          .vocab_size = 3,
          .length = 3,
          .slices = {"one", "two"},
          .slice_floors = {0.1, 1.0 / 3},
          .tokens = {"a", "b", "c"}};
}

void write_small(const std::filesystem::path& path, bool npy) {
  WindowWriter writer =
      npy ? WindowWriter(path, small_header(), 2) : WindowWriter(path, small_header());
  for (std::size_t i = 0; i < kRows.size(); i += 4)
    writer.add(kRows[i], kRows[i + 1], kRows[i + 2], kRows[i + 3]);
  writer.commit();
}

}  // namespace

TEST_CASE("windows come back from either form of file", "[io]") {
  const TemporaryDirectory directory;
  std::vector<std::string> checksums;
  for (const bool npy : {false, true}) {
    const auto path = directory / (npy ? "a.npy" : "a.jsonl");
    write_small(path, npy);
    const WindowFile file = read_windows(path);
    CHECK(to_json(file.header) == to_json(small_header()));
    REQUIRE(file.count() == 2);
    for (std::size_t i = 0; i < kRows.size(); ++i) {
      const auto row = file.row(static_cast<Index>(i) / 4, static_cast<WindowRow>(i % 4));
      CHECK(std::vector<Token>(row.begin(), row.end()) == kRows[i]);
    }
    checksums.push_back(file.checksum);
    CHECK(read_windows(path).checksum == file.checksum);
  }
  CHECK(checksums[0] != checksums[1]);
  WindowHeader renamed = small_header();
  renamed.task = "renamed";
  write_file_atomically(directory / "a.npy.json", to_json(renamed).dump());
  CHECK(read_windows(directory / "a.npy").checksum != checksums[1]);
  CHECK(checksums[0].size() == 16);
  CHECK(read_npy<Token>(directory / "a.npy").shape() == Shape({2, 4, 3}));
  CHECK(directory.count() == 3);
}

TEST_CASE("a file that is not committed is not there", "[io]") {
  const TemporaryDirectory directory;
  { WindowWriter writer(directory / "a.jsonl", small_header()); }
  CHECK(directory.count() == 0);
}

TEST_CASE("other programs may leave out what they have no word for", "[io]") {
  const TemporaryDirectory directory;
  write_file_atomically(directory / "a.jsonl",
                        "{\"format\":\"looplab windows 1\",\"vocab_size\":5,\"length\":2}\n"
                        "{\"tokens\":[4,0],\"targets\":[0,-100]}");
  const WindowFile file = read_windows(directory / "a.jsonl");
  CHECK(file.values == std::vector<Token>{4, 0, 0, -100, -1, -1, 0, 0});
  CHECK(file.header.task == "recorded");
}

TEST_CASE("a bad file of windows gets one sentence", "[io]") {
  const TemporaryDirectory directory;
  const auto path = directory / "bad.jsonl";
  const std::string header = "{\"format\":\"looplab windows 1\",\"vocab_size\":5,\"length\":2}\n";
  const auto said = [&](const std::string& text) {
    write_file_atomically(path, text);
    try {
      (void)read_windows(path);
    } catch (const FileError& error) {
      return std::string(error.what());
    }
    return std::string("nothing");
  };
  CHECK_THAT(said(""), contains("is empty, expected a header"));
  CHECK_THAT(said("[1,2]\n"), contains("is not a file of windows, expected \"format\""));
  CHECK_THAT(said("{\"format\":\"looplab windows 1\"}\n"), contains("vocab_size"));
  CHECK_THAT(said("{\"format\":\"looplab windows 1\",\"vocab_size\":0,\"length\":2}\n"),
             contains("vocab_size is 0"));
  CHECK_THAT(said("{\"format\":\"looplab windows 1\",\"vocab_size\":2,\"length\":2,"
                  "\"tokens\":[\"a\"]}\n"),
             contains("has 1 tokens, expected 2"));
  CHECK_THAT(said(header), contains("contains no windows"));
  CHECK_THAT(said(header + "{\"tokens\":[1,2]}\n"), contains("line 2 is not a window"));
  CHECK_THAT(said(header + "{\"tokens\":[1],\"targets\":[1,2]}\n"), contains("has 1 tokens"));
  CHECK_THAT(said(header + "{\"tok\n"), contains("line 2 is not a window"));
  CHECK_THAT(said(header + "{\"tokens\":[1,5],\"targets\":[1,2]}\n"),
             contains("window 0, tokens[1] is 5, which is out of range (vocab_size 5"));
  CHECK_THAT(said(header + "{\"tokens\":[1,4],\"targets\":[1,-1]}\n"),
             contains("targets[1] is -1"));
  CHECK_THAT(said(header + "{\"tokens\":[1,4],\"targets\":[1,1],\"slices\":[0,-1]}\n"),
             contains("slices[0] is 0"));
  CHECK_THAT(said(header + "{\"tokens\":[1,4],\"targets\":[1,1],\"documents\":[1,1]}\n"),
             contains("documents[0] is 1"));
  CHECK_THROWS_AS(read_windows(directory / "none"), FileError);

  write_small(directory / "a.npy", true);
  WindowHeader other = small_header();
  other.length = 4;
  write_file_atomically(directory / "a.npy.json", to_json(other).dump());
  CHECK_THROWS_WITH(read_windows(directory / "a.npy"), contains("expected [count, 4, 4]"));
  std::filesystem::remove(directory / "a.npy.json");
  CHECK_THROWS_WITH(read_windows(directory / "a.npy"), contains("a.npy.json"));
}
