// SPDX-License-Identifier: MIT
#include "looplab/lab/metrics/metric_key.hpp"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "looplab/io/json_lines.hpp"
#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::lab;

TEST_CASE("the text of a metric is read into its parts", "[metric_key]") {
  const MetricKey all = "accuracy";
  CHECK(all.quantity == quantity::accuracy);
  CHECK(all.condition().empty());
  const MetricKey slice = "accuracy k=4 loops=8";
  CHECK(slice.slice == "k=4");
  CHECK(slice.loops == 8);
  CHECK(slice == all.of_slice("k=4").at_loops(8));
  CHECK(MetricKey("accuracy loops=8") == all.at_loops(8));
  const MetricKey at = "loops q=0.5 hops=2";
  CHECK(at == MetricKey(quantity::loops).at_quantile(0.5).of_slice("hops=2"));
  CHECK(at.of(quantity::accuracy) == "accuracy q=0.5 hops=2");
  CHECK(at.condition() == "q=0.5 hops=2");
  MetricKey rule;
  rule.quantity = quantity::accuracy;
  rule.exits = {"divergence", 3};
  CHECK(MetricKey("accuracy divergence=3") == rule);
  const MetricKey shared = "accuracy cache=averaged hops=3";
  CHECK(shared == all.with_cache(CacheSharing::averaged).of_slice("hops=3"));
  CHECK(MetricKey("accuracy cache=full").cache == CacheSharing::full);
  CHECK(MetricKey("accuracy cache=none").slice == "cache=none");  // no sharing of that name
  const MetricKey input = "probe hop=2 input", state = "probe hop=1 loop=4 shuffled";
  CHECK(input.probe == ProbePoint{2, 0, false});
  CHECK(state.probe == ProbePoint{1, 4, true});
  CHECK(MetricKey().empty());
  CHECK(MetricKey("").empty());
}

TEST_CASE("a user's own exit rule is no slice", "[metric_key]") {
  MetricKey key = "accuracy";
  key.exits = {"entropy", 2};
  CHECK(to_text(key) == "accuracy exit:entropy=2");
  CHECK(MetricKey(to_text(key)) == key);
  CHECK(MetricKey("accuracy entropy=2").slice == "entropy=2");
  CHECK(MetricKey("accuracy exit:gate=2").slice == "exit:gate=2");  // is written "gate=2"
}

TEST_CASE("every text is a key and prints as it was", "[metric_key]") {
  for (const char* text : {"",
                           " ",
                           "a ",
                           " a",
                           "energy per window",
                           "accuracy  k=4",
                           "accuracy q=0.50",
                           "accuracy q=",
                           "accuracy q=nan",
                           "accuracy loops=08",
                           "accuracy loops=",
                           "loops",
                           "loops=8",
                           "probe",
                           "probe hop=1",
                           "probe hop=1 loop=0",
                           "probe hop=x input",
                           "probe input",
                           "probe hop=1 input more",
                           "probe hop=1 loop=2 loops=8",
                           "accuracy gate=two",
                           "accuracy gate=2 k=1 loops=3",
                           "accuracy exit:=2",
                           "accuracy cache=first",
                           "accuracy cache=last k=4 loops=8",
                           "accuracy cache=",
                           "accuracy cache=0",
                           "accuracy k=4 cache=last",
                           "accuracy k=4 loops=8 loops=8",
                           "change of optimizer time"}) {
    INFO(text);
    CHECK(to_text(MetricKey(text)) == text);
    CHECK(MetricKey(to_text(MetricKey(text))) == MetricKey(text));
  }
}

TEST_CASE("lists of metrics are separated by commas", "[metric_key]") {
  std::vector<MetricKey> keys;
  REQUIRE(from_text("accuracy k=1,accuracy gate=2 ,  loss", keys));
  CHECK(keys == std::vector<MetricKey>{"accuracy k=1", "accuracy gate=2", "loss"});
  CHECK(to_text(keys) == "accuracy k=1, accuracy gate=2, loss");
  REQUIRE(from_text("", keys));
  CHECK(keys.empty());
}

TEST_CASE("every metric of the committed rows prints as it was read", "[metric_key]") {
  namespace fs = std::filesystem;
  const fs::path experiments =
      fs::path(LOOPLAB_TEST_DATA_DIR).parent_path().parent_path() / "experiments";
  std::set<std::string> names;
  const auto add = [&](const nlohmann::ordered_json& values) {
    for (const auto& [name, value] : values.items()) names.insert(name);
  };
  for (const auto& file : fs::recursive_directory_iterator(experiments)) {
    if (file.path().extension() != ".jsonl") continue;
    for (const auto& row : read_json_lines(file.path())) {
      if (!row.contains("metrics")) continue;
      add(row["metrics"]);
      if (row.contains("test_loops"))
        for (const auto& [loops, values] : row["test_loops"].items()) add(values);
    }
  }
  CHECK(names.size() > 150);
  for (const std::string& name : names) {
    const MetricKey key(name);
    INFO(name);
    CHECK(to_text(key) == name);
    CHECK_FALSE(key.loops);  // those are keys of their own in a row
    const bool understood = !key.slice || key.slice->find(' ') == std::string::npos;
    CHECK(understood);
    CHECK(key.exits.has_value() ==
          (name.find("gate=") != name.npos || name.find("difference=") != name.npos ||
           name.find("divergence=") != name.npos));
    CHECK(key.probe.has_value() == name.starts_with("probe "));
    CHECK(key.quantile.has_value() == (name.find(" q=") != name.npos));
  }
}
