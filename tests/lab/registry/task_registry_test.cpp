// SPDX-License-Identifier: MIT
#include "looplab/lab/registry/task_registry.hpp"

#include <sstream>

#include "looplab/lab/commands/list_tasks.hpp"
#include "looplab/lab/config/resolve_run.hpp"
#include "looplab/lab/config/run_config.hpp"
#include "looplab/lab/config/run_identity.hpp"
#include "looplab/lab/config/run_options.hpp"
#include "looplab/tasks/k_hop_induction.hpp"
#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::lab;
using looplab_test::contains;

namespace {

/// Whether a row of bits has an odd number of ones: a user's own task.
struct ParityConfig {
  Index num_bits = 4;
  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    visit(Field{"num_bits", "bits of a window", 1, 64}, self.num_bits);
  }
};
template <int kEdition>
class Parity {
 public:
  static constexpr std::string_view kName = "parity", kHelp = "odd or even number of ones";
  static constexpr int kVersion = kEdition;

  explicit Parity(ParityConfig config) : config_(config) {
    Problems problems;
    check_ranges(config_, problems);
    problems.throw_if_any("parity");
  }
  [[nodiscard]] ParityConfig config() const { return config_; }
  [[nodiscard]] std::string name() const { return "parity"; }
  [[nodiscard]] Index vocab_size() const { return 2; }
  [[nodiscard]] Index sequence_length() const { return config_.num_bits; }
  [[nodiscard]] Index num_slices() const { return 1; }
  [[nodiscard]] std::string slice_name(Index) const { return "parity"; }
  [[nodiscard]] double slice_floor(Index) const { return 0.5; }
  [[nodiscard]] Index num_evaluation_sequences() const { return 0; }
  [[nodiscard]] std::string token_name(Token token) const { return token == 0 ? "0" : "1"; }
  void sample(Seed seed, Split split, Index index, Window window) const {
    RandomStream stream(seed, "parity/" + to_text(split), static_cast<std::uint64_t>(index));
    Index ones = 0;
    for (Token& token : window.tokens) ones += token = static_cast<Token>(stream.below(2));
    window.targets.back() = static_cast<Token>(ones % 2);
    window.slices.back() = 0;
  }

 private:
  ParityConfig config_;
};

/// The built-in tasks alone, again, at the end of a test.
struct RestoredTasks {
  std::vector<AnyTaskConfig> before = registered_tasks();
  ~RestoredTasks() { registered_tasks() = before; }
};

/// Tasks that cannot be registered.
struct Taken : Parity<1> {
  static constexpr std::string_view kName = "recorded";
  using Parity::Parity;
};
struct Spaced : Parity<1> {
  static constexpr std::string_view kName = "my task";
  using Parity::Parity;
};
struct VersionConfig {
  Index version = 1;
  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    visit(Field{"version", ""}, self.version);
  }
};
struct TwoVersions : Parity<1> {
  static constexpr std::string_view kName = "two_versions";
  explicit TwoVersions(VersionConfig) : Parity<1>(ParityConfig{}) {}
  [[nodiscard]] VersionConfig config() const { return {}; }
};

}  // namespace

TEST_CASE("tasks are found by name and an unknown one is answered with the nearest", "[lab]") {
  CHECK(task_names() ==
        std::vector<std::string>{"k_hop_induction", "biographies", "biography_sentences",
                                 "modular_arithmetic", "multi_hop_facts", "fact_composition",
                                 "permutation_relations", "graph_reachability", "recorded"});
  for (const std::string& name : task_names()) {
    CHECK(task_kind(default_task_config(name)) == name);
    if (name == "recorded") continue;
    const AnyTask task = make_task(default_task_config(name));
    CHECK(task.name() == name);
    CHECK(task.sequence_length() == default_task_config(name).sequence_length());
  }
  CHECK_THROWS_AS(default_task_config("biography"), ConfigError);
  CHECK_THROWS_WITH(default_task_config("biography"), contains("did you mean biographies?"));
}

TEST_CASE("a user's own task is listed, made and named in runs like a built-in one", "[lab]") {
  const RestoredTasks restored;
  with_tasks<Parity<1>>().apply();
  with_tasks<Parity<1>>().apply();  // known already
  CHECK(std::ranges::count(task_names(), "parity") == 1);
  std::ostringstream out, err;
  CHECK(list_tasks({}, Console{out, err}) == kExitDone);
  CHECK_THAT(out.str(), contains("parity: odd or even number of ones\n"));
  CHECK_THAT(out.str(), contains("bits of a window (4)"));

  const auto resolve = [](const std::string& keys) {
    return resolve_run(parse_ini("[task]\nkind = parity\n" + keys, "a.ini"));
  };
  const RunConfig run = resolve("num_bits = 6\n");
  CHECK(run.model.vocab_size == 2);
  CHECK(run.task.sequence_length() == 6);
  const AnyTask task = make_task(run.task);
  CHECK(task.metric_keys().front() == MetricKey("accuracy"));
  Batch batch;
  sample_batch(task, Seed{1}, Split::test, 0, 3, batch);
  CHECK(batch.size() == 18);
  CHECK(to_ini(resolve_run(parse_ini(to_ini(run), "b.ini"))) == to_ini(run));
  CHECK(changed_values(run)["task"].dump() == R"({"kind":"parity","version":1,"num_bits":6})");
  CHECK(short_hash(run) != short_hash(resolve("")));
  CHECK_THROWS_WITH(resolve("num_bits = 0\n"),
                    contains("parity: num_bits is 0, expected 1 ... 64"));
  CHECK_THROWS_WITH(resolve("num_bit = 6\n"), contains("did you mean task.num_bits?"));

  RunConfig edited = run;
  edited.task = AnyTaskConfig::of<Parity<2>>(run.task.as<Parity<1>>());
  CHECK(short_hash(edited) != short_hash(run));
  CHECK(to_json(make_task(edited.task).config()).at("version") == 2);
}

TEST_CASE("a task that cannot be named in a configuration file is refused in a sentence", "[lab]") {
  const RestoredTasks restored;
  CHECK_THROWS_WITH(register_task<Taken>(),
                    "task recorded: there is already another task of this name");
  CHECK_THROWS_WITH(register_task<Spaced>(),
                    contains("the name is \"my task\", expected lower-case letters, digits and _"));
  CHECK_THROWS_WITH(register_task<TwoVersions>(),
                    contains("has a field version, expected another name"));
  CHECK(task_names().size() == 9);
}

TEST_CASE("a window is printed in aligned columns", "[lab]") {
  const KHopInduction task({.sequence_length = 5, .alphabet_size = 4, .max_hops = 2});
  std::vector<Token> tokens{5, 0, 1, 0, 2}, targets{kIgnoreIndex, 6, 6, 1, 6},
      slices{kNoSlice, 1, 1, 1, 1}, documents(5, 0);
  CHECK(window_text(AnyTask(task), {tokens, targets, slices, documents}) ==
        "tokens   k=2    a    b    a    c\n"
        "targets    .    -    -    b    -\n"
        "slices     .  k=2  k=2  k=2  k=2\n");
}
