// SPDX-License-Identifier: MIT
#include "looplab/io/json_lines.hpp"

#include <cmath>
#include <limits>
#include <string>

#include "support/catch.hpp"
#include "support/file_size_limit.hpp"
#include "support/temporary_directory.hpp"

using namespace looplab;
using looplab_test::contains;
using looplab_test::FileSizeLimit;
using looplab_test::TemporaryDirectory;
using Record = nlohmann::ordered_json;

TEST_CASE("records are appended as lines in order, also after reopening") {
  const TemporaryDirectory directory;
  const auto path = directory / "log.jsonl";
  {
    JsonLines log(path);
    log.append({{"step", 1}, {"loss", 0.1}});
    CHECK(read_file(path) == "{\"step\":1,\"loss\":0.1}\n");
  }
  JsonLines(path).append({{"step", 2}, {"a_is_last", "line\nbreak"}});
  const auto records = read_json_lines(path);
  REQUIRE(records.size() == 2);
  CHECK(records[0]["loss"] == 0.1);
  CHECK(records[1]["a_is_last"] == "line\nbreak");
  CHECK(records[1].begin().key() == "step");
}

TEST_CASE("an incomplete last line is ignored by the reader and cut off by the writer") {
  const TemporaryDirectory directory;
  const auto path = directory / "log.jsonl";
  write_file_atomically(path, "{\"step\":1}\n{\"step\":");
  CHECK(read_json_lines(path).size() == 1);
  JsonLines(path).append({{"step", 2}});
  CHECK(read_file(path) == "{\"step\":1}\n{\"step\":2}\n");
  write_file_atomically(path, "{\"st");
  JsonLines(path).append({{"step", 1}});
  CHECK(read_file(path) == "{\"step\":1}\n");
}

TEST_CASE("numbers that are not finite become null and doubles keep their bits") {
  const TemporaryDirectory directory;
  const auto path = directory / "log.jsonl";
  const double third = 1.0 / 3.0;
  JsonLines(path).append({{"nan", NAN},
                          {"inf", -std::numeric_limits<double>::infinity()},
                          {"third", third},
                          {"bad_utf8", "\xff"}});
  const Record record = read_json_lines(path).at(0);
  CHECK(record["nan"].is_null());
  CHECK(record["inf"].is_null());
  CHECK(record["third"].get<double>() == third);
}

TEST_CASE("keep_records_while cuts a log at the first refused record") {
  const TemporaryDirectory directory;
  const auto path = directory / "log.jsonl";
  {
    JsonLines log(path);
    for (int step : {1, 2, 3, 1}) log.append({{"step", step}});
  }
  const auto up_to_2 = [](const Record& record) { return record["step"] <= 2; };
  keep_records_while(path, up_to_2);
  CHECK(read_file(path) == "{\"step\":1}\n{\"step\":2}\n");
  keep_records_while(path, [](const Record&) { return false; });
  CHECK(read_file(path).empty());
  keep_records_while(directory / "missing", up_to_2);
  CHECK_FALSE(std::filesystem::exists(directory / "missing"));
}

TEST_CASE("a complete line that is not a JSON object is a FileError naming the line") {
  const TemporaryDirectory directory;
  const auto path = directory / "log.jsonl";
  write_file_atomically(path, "{}\n{]\n{}\n");
  CHECK_THROWS_AS(read_json_lines(path), FileError);
  CHECK_THROWS_WITH(read_json_lines(path), contains("log.jsonl: line 2 is not a JSON object"));
  for (const char* line : {"3", "[1]", "null"}) {
    write_file_atomically(path, concat("{\"step\":1}\n", line, "\n"));
    CHECK_THROWS_WITH(read_json_lines(path), contains("log.jsonl: line 2 is not a JSON object"));
  }
}

TEST_CASE("a record with a value of another type is a FileError naming the line") {
  const TemporaryDirectory directory;
  const auto path = directory / "log.jsonl";
  const std::string content = "{\"step\":1}\n{\"step\":\"x\"}\n";
  write_file_atomically(path, content);
  const auto keep = [](const auto& record) { return record.value("step", 0) >= 0; };
  CHECK_THROWS_AS(keep_records_while(path, keep), FileError);
  CHECK_THROWS_WITH(keep_records_while(path, keep), contains("log.jsonl: line 2 is no record"));
  CHECK(read_file(path) == content);
}

TEST_CASE("a log that cannot be read or written is a FileError") {
  const TemporaryDirectory directory;
  CHECK_THROWS_AS(read_json_lines(directory / "missing"), FileError);
  CHECK_THROWS_WITH(JsonLines(directory / "missing/log.jsonl"),
                    contains("missing/log.jsonl: cannot be written (No such file or directory)"));
  CHECK_THROWS_AS(JsonLines("/dev/full"), FileError);
}

TEST_CASE("a record that does not fit on the disk leaves the records before it") {
  const TemporaryDirectory directory;
  const auto path = directory / "log.jsonl";
  JsonLines log(path);
  log.append({{"step", 1}});
  {
    const FileSizeLimit limit(100);
    CHECK_THROWS_WITH(log.append({{"text", std::string(500, 'x')}}), contains("File too large"));
  }
  CHECK(read_file(path) == "{\"step\":1}\n");
  log.append({{"step", 2}});
  CHECK(read_json_lines(path).size() == 2);
}
