// SPDX-License-Identifier: MIT
#include "looplab/lab/commands/trace.hpp"

#include "support/program_call.hpp"
#include "support/skipped.hpp"
#include "support/temporary_directory.hpp"

using namespace looplab;
using namespace looplab::lab;
using namespace looplab_test;

TEST_CASE("trace writes what it prints, its maps and its figures", "[program]") {
  const TemporaryDirectory directory;
  const auto run = directory / "run";
  REQUIRE(call({"train", "--task.sequence_length=9", "--task.alphabet_size=3", "--task.max_hops=2",
                "--model.d_model=8", "--model.num_heads=2", "--model.num_loops=3",
                "--model.num_block_layers=2", "--model.exit_gate=true", "--train.num_steps=4",
                "--train.batch_size=4", "--evaluation.num_sequences=8", "--out=" + run.string()})
              .code == 0);
  const Said judged = call({"evaluate", run.string()});
  for (const bool lens : {false, true}) {
    const Said said = call({"trace", run.string(), lens ? "--lens=true" : "--lens=false"});
    CAPTURE(said.err, said.out);
    CHECK(said.code == 0);
    const auto records = read_json_lines(run / "trace.jsonl");
    REQUIRE(records.size() == 3 * 2 * 2 + 3 + 3);  // sub-layers, loops, pairs of loops
    CHECK_FALSE(records[0].contains("cosine"));
    CHECK(records[4]["loop"] == 2);
    CHECK(records[4]["cosine"].get<double>() <= 1);
    CHECK(records[4].contains("lens_nats") == lens);
    double exits = 0;
    for (std::size_t r = 12; r < 15; ++r) exits += records[r]["exit_probability"].get<double>();
    CHECK(exits == Approx(1));
    const std::string loss = judged.out.substr(judged.out.find("\nloss ") + 1);
    CHECK_THAT(loss.substr(0, loss.find('\n')),
               contains(' ' + short_number(records[14]["nats"].get<double>())));
    if (lens)  // the last state has the predictions of the head, because the norm ends the loop
      CHECK(records[11]["lens_accuracy"] == records[14]["accuracy"]);
    CHECK(records[15]["loops"] == std::vector<int>{1, 2});
    CHECK(records[17]["loops"] == std::vector<int>{2, 3});
    CHECK(records[17]["agreement"].get<double>() <= 1);
    const Tensor<float> map = read_npy<float>(run / "trace.attention.0.npy");
    CHECK(map.shape() == Shape{6, 2, 9, 9});
    CHECK_FALSE(std::filesystem::exists(run / "trace.attention.1.npy"));
    if (said.out.find("gnuplot is not installed") != std::string::npos)
      looplab_test::skipped("gnuplot is not installed");
    else
      for (const char* what : {"norms", "loss", "cosines", "exits", "agreement", "attention"})
        CHECK(std::filesystem::exists(run / concat("trace.", what, ".svg")));
  }
  check_refused({"trace"}, kExitConfig, {"trace: the folder of a run is missing"});
  check_refused({"trace", run.string(), "--maps=-1"}, kExitConfig, {"maps is -1, expected 0"});
}

TEST_CASE("trace probes targets, and bridges where there are some", "[program]") {
  const TemporaryDirectory directory;
  const auto run = directory / "run";
  REQUIRE(call({"train", "--task.kind=multi_hop_facts", "--task.people_per_layer=4",
                "--task.num_layers=4", "--task.num_relations=3", "--task.sequence_length=20",
                "--model.d_model=8", "--model.num_heads=2", "--model.num_loops=2",
                "--train.num_steps=2", "--train.batch_size=4", "--train.loss_on=answers",
                "--evaluation.num_sequences=8", "--out=" + run.string()})
              .code == 0);
  const Said said = call({"trace", run.string(), "--probes=30"});
  CAPTURE(said.err, said.out);
  CHECK(said.code == 0);
  const auto records = read_json_lines(run / "trace.jsonl");
  REQUIRE(records.size() == 2 * 2 + 2 + 1 + 3 * 3);  // sub-layers, loops, one pair, three probes
  CHECK(records[7]["probe"] == "target");
  CHECK(records[10]["probe"] == "after hop 1");
  CHECK(records[15]["probe"] == "after hop 2");
  CHECK(records[15]["loop"] == 2);
  for (std::size_t i = 7; i < 16; ++i) CHECK(records[i]["shuffled"].get<double>() <= 1);
  check_refused({"trace", run.string(), "--probes=-1"}, kExitConfig, {"probes is -1, expected 0"});
}
