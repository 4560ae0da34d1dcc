// SPDX-License-Identifier: MIT
#include "looplab/lab/results/result_rows.hpp"

#include <thread>

#include "support/catch.hpp"
#include "support/claim_files.hpp"
#include "support/temporary_directory.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

namespace {

[[nodiscard]] RunResult row(const std::string& hash, Index seed, double loss,
                            Index version = kResultsVersion) {
  RunResult result;
  result.hash = hash;
  result.seed = seed;
  result.stamp = version == kResultsVersion ? current_stamp() : ResultStamp(version, "");
  result.metrics = {{"loss", loss}};
  result.environment = nlohmann::ordered_json::object();
  return result;
}

[[nodiscard]] double loss_of(const ResultRows& rows, const std::string& hash, Index seed) {
  return rows.find(hash, seed)->metrics.at(0).value;
}

}  // namespace

TEST_CASE("a row is found by hash and seed; the last of this program's stamp counts", "[rows]") {
  const TemporaryDirectory directory;
  const auto file = directory / "rows.jsonl";
  CHECK(ResultRows(file).find("a", 1) == nullptr);
  for (const RunResult& result :  // an older program may have added some twice
       {row("a", 1, 0.1), row("a", 2, 0.2), row("b", 1, 0.3), row("a", 1, 0.4),
        row("a", 1, 0.5, kResultsVersion + 1), row("c", 1, 0.6, 0)})
    JsonLines(file).append(to_json(result));
  ResultRows rows(file);
  rows.add(row("c", 1, 0.7, -1));
  for (const ResultRows& read : {rows, ResultRows(file)}) {
    CHECK(read.rows().size() == 7);
    CHECK(loss_of(read, "a", 1) == 0.4);
    CHECK(loss_of(read, "a", 2) == 0.2);
    CHECK(loss_of(read, "b", 1) == 0.3);
    CHECK(loss_of(read, "c", 1) == 0.7);
    CHECK(read.find("b", 2) == nullptr);
  }
}

TEST_CASE("a row that another process has added meanwhile is not added again", "[rows]") {
  const TemporaryDirectory directory;
  const auto file = directory / "rows.jsonl";
  ResultRows first(file), second(file);
  first.add(row("a", 1, 0.1));
  second.add(row("a", 1, 0.1));
  second.add(row("a", 2, 0.2));
  first.add(row("a", 2, 0.2));
  first.add(row("a", 1, 0.3, kResultsVersion + 1));  // of another stamp: another row
  CHECK(first.rows().size() == 3);
  CHECK(ResultRows(file).rows().size() == 3);
}

TEST_CASE("rows that several writers add are all there and whole", "[rows]") {
  const TemporaryDirectory directory;
  const auto file = directory / "rows.jsonl";
  std::vector<std::thread> writers;
  for (Index w = 0; w < 4; ++w)
    writers.emplace_back([&file, w] {
      ResultRows rows(file);
      for (Index seed = 0; seed < 10; ++seed) rows.add(row(concat("hash", w), seed, 0.5));
    });
  for (std::thread& writer : writers) writer.join();
  const ResultRows rows(file);
  CHECK(rows.rows().size() == 40);
  for (Index w = 0; w < 4; ++w)
    for (Index seed = 0; seed < 10; ++seed) CHECK(rows.find(concat("hash", w), seed) != nullptr);
}
