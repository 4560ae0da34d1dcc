// SPDX-License-Identifier: MIT
// Whole models against PyTorch: the files that make_golden.py wrote to this folder.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "looplab/io/config_json.hpp"
#include "looplab/io/safetensors.hpp"
#include "looplab/models/looped_transformer.hpp"
#include "looplab/train/trainer.hpp"
#include "support/catch.hpp"

namespace {

using namespace looplab;

constexpr std::size_t kNumVariants = 10;
/// Largest difference allowed, relative to the largest entry of a tensor. PyTorch's own float32
/// differs from its float64 by up to 4e-6 here; double is limited by the files' float32.
template <Real S>
constexpr double kGoldenTolerance = sizeof(S) == sizeof(float) ? 2e-5 : 2e-7;
/// The same for losses, which the files hold in float64.
template <Real S>
constexpr double kLossTolerance = sizeof(S) == sizeof(float) ? 2e-5 : 1e-10;

[[nodiscard]] std::vector<std::filesystem::path> golden_files() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(LOOPLAB_TEST_DATA_DIR))
    if (entry.path().extension() == ".safetensors") files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

/// Largest difference relative to the largest expected entry; NaN counts as infinite.
template <class Actual, class Expected>
[[nodiscard]] double relative_difference(const Actual& actual, const Expected& expected) {
  REQUIRE(std::ssize(actual) == std::ssize(expected));
  double difference = 0, size = 0;
  auto e = expected.begin();
  for (const auto a : actual) {
    const auto wanted = static_cast<double>(*e++);
    const double here = std::abs(static_cast<double>(a) - wanted);
    if (std::isnan(here)) return HUGE_VAL;
    difference = std::max(difference, here);
    size = std::max(size, std::abs(wanted));
  }
  return difference / size;
}

template <class Config>
[[nodiscard]] Config config_in(const SafetensorsFile& file, const std::string& key) {
  Config config;
  from_json(nlohmann::ordered_json::parse(file.metadata().at(key)), config, key);
  return config;
}

/// One golden file, with a model that has its parameters.
template <Real S>
struct Golden {
  SafetensorsFile file;
  LoopedTransformer<S> model;
  ParameterList<S> parameters;
  Tensor<Token> tokens, targets, documents;

  explicit Golden(const std::filesystem::path& path)
      : file(path),
        model(config_in<LoopedTransformerConfig>(file, "config")),
        parameters(model),
        tokens(file.load<Token>("tokens")),
        targets(file.load<Token>("targets")),
        documents(file.load<Token>("documents")) {
    for (const auto& [name, parameter] : parameters) {
      const Tensor<float> stored = file.load<float>("param." + name);
      REQUIRE(stored.shape() == parameter->value.shape());
      std::copy(stored.begin(), stored.end(), parameter->value.begin());
    }
    parameters.prepare();
  }

  [[nodiscard]] Windows windows() const {
    return {tokens.rows(), tokens.cols(), tokens.view().span(), documents.view().span()};
  }

  /// Names of the parameters in the file.
  [[nodiscard]] std::set<std::string> names() const {
    std::set<std::string> names;
    for (const std::string& name : file.names())
      if (name.starts_with("param.")) names.insert(name.substr(6));
    return names;
  }
};

/// A task whose every batch of windows is the batch of a golden file.
template <Real S>
struct GoldenTask {
  const Golden<S>& golden;

  [[nodiscard]] std::string name() const { return "golden"; }
  [[nodiscard]] Index vocab_size() const { return golden.model.config().vocab_size; }
  [[nodiscard]] Index sequence_length() const { return golden.tokens.cols(); }
  [[nodiscard]] Index num_slices() const { return 0; }
  [[nodiscard]] std::string slice_name(Index) const { return ""; }
  [[nodiscard]] Index num_evaluation_sequences() const { return golden.tokens.rows(); }
  void sample(Seed, Split, Index index, Window window) const {
    const Index begin = index % golden.tokens.rows() * golden.tokens.cols();
    const auto copy = [&](const Tensor<Token>& from, std::span<Token> to) {
      std::copy_n(from.data() + begin, to.size(), to.begin());
    };
    copy(golden.tokens, window.tokens);
    copy(golden.targets, window.targets);
    copy(golden.documents, window.documents);
  }
};

/// The mean loss over scored rows of logits [N, V], and its gradient, by plain loops.
struct MeanLoss {
  double value = 0;
  Tensor<double> grad_logits;

  template <Real S>
  MeanLoss(TensorView<const S> logits, const Tensor<Token>& targets) : grad_logits(logits.shape()) {
    const auto scored =
        static_cast<double>(targets.size() - std::ranges::count(targets, kIgnoreIndex));
    for (Index n = 0; n < logits.rows(); ++n) {
      if (targets[n] == kIgnoreIndex) continue;
      double sum = 0;
      for (Index v = 0; v < logits.cols(); ++v) sum += std::exp(double{logits(n, v)});
      value += (std::log(sum) - double{logits(n, targets[n])}) / scored;
      for (Index v = 0; v < logits.cols(); ++v)
        grad_logits(n, v) =
            (std::exp(double{logits(n, v)}) / sum - (v == targets[n] ? 1 : 0)) / scored;
    }
  }
};

}  // namespace

TEST_CASE("every golden variant is there", "[golden]") {
  CHECK(golden_files().size() == kNumVariants);
}

TEMPLATE_TEST_CASE("logits, loss and gradients are PyTorch's", "[golden]", float, double) {
  using S = TestType;
  for (const auto& path : golden_files()) {
    INFO(path.filename().string());
    Golden<S> golden(path);
    std::set<std::string> names;
    for (const auto& entry : golden.parameters) names.insert(entry.name);
    CHECK(names == golden.names());

    Tape<S> tape;
    std::vector<S> gradients(static_cast<std::size_t>(golden.parameters.flat_size()));
    const Variable<S> logits = golden.model.forward({tape, gradients.data()}, golden.windows());
    const Tensor<float> expected = golden.file.template load<float>("logits");
    CHECK(relative_difference(logits.value(), expected) < kGoldenTolerance<S>);

    const MeanLoss loss(logits.value(), golden.targets);
    const double expected_loss = golden.file.template load<double>("loss")[0];
    CHECK(std::abs(loss.value - expected_loss) < kLossTolerance<S> * expected_loss);

    Tensor<S> grad_logits(logits.shape());
    std::ranges::transform(loss.grad_logits, grad_logits.begin(),
                           [](double g) { return static_cast<S>(g); });
    tape.backward(sum(tape, multiply(tape, logits, tape.constant(grad_logits.view()))));
    for (const auto& [name, parameter] : golden.parameters) {
      INFO("gradient of " << name);
      const TensorView<const S> actual(gradients.data() + parameter->offset,
                                       parameter->value.shape());
      CHECK(relative_difference(actual, golden.file.template load<float>("grad." + name)) <
            kGoldenTolerance<S>);
    }
  }
}

TEMPLATE_TEST_CASE("logits at another number of loops are PyTorch's", "[golden]", float, double) {
  using S = TestType;
  for (const auto& path : golden_files()) {
    INFO(path.filename().string());
    Golden<S> golden(path);
    const Index num_loops = std::stol(golden.file.metadata().at("other_num_loops"));
    REQUIRE(num_loops != golden.model.config().num_loops);
    Tape<S> tape;
    const Variable<S> logits =
        golden.model.forward({tape}, golden.windows(), {.num_loops = num_loops});
    const Tensor<float> expected = golden.file.template load<float>("logits_other_loops");
    CHECK(relative_difference(logits.value(), expected) < kGoldenTolerance<S>);
  }
}

TEMPLATE_TEST_CASE("ten training losses are PyTorch's", "[golden]", float, double) {
  using S = TestType;
  for (const auto& path : golden_files()) {
    INFO(path.filename().string());
    Golden<S> golden(path);
    TrainerConfig config = config_in<TrainerConfig>(golden.file, "train");
    config.chunk_tokens = golden.tokens.cols();  // one window each: the batch is three chunks
    const GoldenTask<S> task{golden};
    std::vector<double> losses;
    Trainer trainer(golden.model, task, config);
    trainer.on_step([&](const StepReport& report) { losses.push_back(report.loss); });
    REQUIRE(trainer.run());
    const Tensor<double> expected = golden.file.template load<double>("training_losses");
    CHECK(relative_difference(losses, expected) < kLossTolerance<S>);
  }
}
