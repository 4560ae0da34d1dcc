// SPDX-License-Identifier: MIT
//
// Times training steps on problems of varying length, packed into windows and padded.
//
//   bench_packing [D=64] [R=4] [--smoke]      JSON lines; --smoke: few problems, one round
//
// The problems are Mano's (Allen-Zhu 2025, arXiv:2512.17351): a prefix expression mod 23 with l
// operators, l uniform in 1 ... 10, in 2 l + 5 tokens. Three layouts of the same problems are
// trained in turn, on one thread:
//
//   packed    windows of 256 filled with whole problems, each a document of its own
//   one_mask  the same windows without document masks: another loss, attention over the window
//   padded    one problem per window, windows as long as the longest problem
//
// and with the loss of all tokens or of answers only. Before timing starts, packed and padded must
// agree on the loss of every problem.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "bench/measure.hpp"
#include "looplab/io/config_json.hpp"
#include "looplab/models/looped_transformer.hpp"
#include "looplab/train/trainer.hpp"

using namespace looplab;

namespace {

constexpr Token kModulus = 23, kPlus = 23, kBegin = 26, kAnswer = 27, kLength = 28;  // 10 lengths
constexpr Index kMostOperators = 10, kLongest = 2 * kMostOperators + 5, kVocab = 38;
constexpr Index kWindow = 256, kChunkTokens = 256;

/// Appends a random expression of `operators` operators; returns its value.
Token append_expression(RandomStream& stream, Index operators, std::vector<Token>& to) {
  if (operators == 0) {
    to.push_back(static_cast<Token>(stream.below(kModulus)));
    return to.back();
  }
  const auto op = static_cast<Token>(stream.below(3));
  to.push_back(kPlus + op);
  const Index in_left = stream.below(operators);
  const Token left = append_expression(stream, in_left, to);
  const Token right = append_expression(stream, operators - 1 - in_left, to);
  const Token value = op == 0 ? left + right : op == 1 ? left - right : left * right;
  return (value % kModulus + kModulus) % kModulus;
}

/// begin, number of operators, expression, answer mark, answer.
std::vector<Token> problem(Index index) {
  RandomStream stream(Seed{1}, "mano", static_cast<std::uint64_t>(index));
  const Index operators = 1 + stream.below(kMostOperators);
  std::vector<Token> tokens{kBegin, kLength + static_cast<Token>(operators - 1)};
  const Token value = append_expression(stream, operators, tokens);
  tokens.insert(tokens.end(), {kAnswer, value});
  return tokens;
}

/// Problems laid out in windows, as a task: window i of any split is window i modulo their number.
class Layout {
 public:
  enum class Kind { packed, one_mask, padded };

  Layout(Kind kind, const std::vector<std::vector<Token>>& problems) : kind_(kind) {
    const bool padded = kind == Kind::padded;
    std::vector<Index> start;  // first position of each problem, over all windows
    Index end = 0;
    for (const auto& tokens : problems) {
      const Index size = padded ? kLongest : std::ssize(tokens);
      if (end % length() + size > length()) end = (end / length() + 1) * length();
      start.push_back(end);
      end += size;
    }
    batch_.reset((end + length() - 1) / length(), length());
    problem_of_.resize(batch_.tokens.size());
    for (std::size_t i = 0; i < problems.size(); ++i) place(problems[i], start[i], i);
  }

  [[nodiscard]] std::string name() const { return "mano"; }
  [[nodiscard]] Index vocab_size() const { return kVocab; }
  [[nodiscard]] Index sequence_length() const { return length(); }
  [[nodiscard]] Index num_slices() const { return 1; }
  [[nodiscard]] std::string slice_name(Index) const { return "answer"; }
  [[nodiscard]] Index num_evaluation_sequences() const { return batch_.num_windows; }
  void sample(Seed, Split, Index index, Window to) const {
    const Index from = index % batch_.num_windows * length();
    std::copy_n(batch_.tokens.begin() + from, length(), to.tokens.begin());
    std::copy_n(batch_.targets.begin() + from, length(), to.targets.begin());
    std::copy_n(batch_.slices.begin() + from, length(), to.slices.begin());
    std::copy_n(batch_.documents.begin() + from, length(), to.documents.begin());
  }

  [[nodiscard]] const char* label() const {
    return kind_ == Kind::packed ? "packed" : kind_ == Kind::one_mask ? "one_mask" : "padded";
  }
  [[nodiscard]] Index num_windows() const { return batch_.num_windows; }
  /// Tokens of a chunk: 256, or whole groups of eight windows where possible, for faster products.
  [[nodiscard]] Index chunk_tokens() const {
    return kind_ == Kind::padded ? kChunkTokens / length() / 8 * 8 * length() : kChunkTokens;
  }
  /// The problem that position `t` of the window `index` belongs to.
  [[nodiscard]] std::size_t problem_of(Index index, Index t) const {
    return problem_of_[static_cast<std::size_t>(index * length() + t)];
  }

 private:
  [[nodiscard]] Index length() const { return kind_ == Kind::padded ? kLongest : kWindow; }

  /// Writes a problem; the rest of its window becomes one more document, until overwritten.
  void place(const std::vector<Token>& tokens, Index start, std::size_t problem) {
    const auto at = [&](Index i) { return static_cast<std::size_t>(start + i); };
    const Index first = start % length(), size = std::ssize(tokens);
    for (Index i = 0; i < size; ++i) {
      const auto k = static_cast<std::size_t>(i);
      batch_.tokens[at(i)] = tokens[k];
      if (i + 1 < size) batch_.targets[at(i)] = tokens[k + 1];
      problem_of_[at(i)] = problem;
    }
    batch_.slices[at(size - 2)] = 0;
    if (kind_ == Kind::one_mask) return;
    for (Index i = 0; first + i < length(); ++i)
      batch_.documents[at(i)] = static_cast<Token>(i < size ? first : first + size);
  }

  Kind kind_;
  Batch batch_;
  std::vector<std::size_t> problem_of_;
};
static_assert(Task<Layout>);

using Model = LoopedTransformer<float>;

std::vector<double> loss_of_each_problem(const Model& model, const Layout& layout,
                                         std::size_t num_problems) {
  std::vector<double> losses(num_problems);
  ChunkWorkspace<float> workspace;
  const Index step = windows_per_chunk(layout.chunk_tokens(), layout.sequence_length());
  for (Index first = 0; first < layout.num_windows(); first += step) {
    const Index count = std::min(step, layout.num_windows() - first);
    const auto windows =
        draw_chunk(model, layout, {.seed = {}, .first = first, .count = count}, nullptr, workspace);
    const auto result = windows.loss(windows.last_state());
    const auto targets = windows.loss_targets();
    for (std::size_t i = 0; i < targets.size(); ++i) {
      if (targets[i] == kIgnoreIndex) continue;
      const Index at = windows.position(static_cast<Index>(i)), length = layout.sequence_length();
      losses[layout.problem_of(first + at / length, at % length)] +=
          static_cast<double>(result.row_loss[i]);
    }
  }
  return losses;
}

void require_same_losses(const LoopedTransformerConfig& config, const Layout& packed,
                         const Layout& padded, std::size_t num_problems) {
  const Model model(config, Seed{1});
  const auto a = loss_of_each_problem(model, packed, num_problems);
  const auto b = loss_of_each_problem(model, padded, num_problems);
  for (std::size_t i = 0; i < num_problems; ++i)
    require<NumericsError>(b[i] > 0 && std::abs(a[i] - b[i]) < 1e-5 * b[i],
                           "bench_packing: problem ", i, " has loss ", a[i], " packed, ", b[i],
                           " padded");
}

/// A model in training on one layout; a step contains every problem once.
struct Contestant {
  const Layout& layout;
  LossOn loss_on;
  Model model;
  Trainer<Model, Layout> trainer;
  std::vector<double> seconds;

  Contestant(const LoopedTransformerConfig& config, const Layout& in, LossOn on)
      : layout(in),
        loss_on(on),
        model(config, Seed{1}),
        trainer(model, layout,
                {.num_steps = 1 << 20,
                 .batch_size = layout.num_windows(),
                 .loss_on = on,
                 .chunk_tokens = layout.chunk_tokens(),
                 .num_threads = 1}) {
    trainer.step();
  }
  void run() {
    const double start = looplab_bench::thread_seconds();
    trainer.step();
    seconds.push_back(looplab_bench::thread_seconds() - start);
  }
  void print(Index num_problems, Index num_tokens) const {
    const auto time = looplab_bench::spread_of(seconds);
    const auto rate = [&](Index amount) {
      const auto n = static_cast<double>(amount);
      return nlohmann::ordered_json{{"median", n / time.median},
                                    {"smallest", n / time.largest},
                                    {"largest", n / time.smallest}};
    };
    const Index positions = layout.num_windows() * layout.sequence_length();
    std::cout << nlohmann::ordered_json{{"benchmark", "packing"},
                                        {"layout", layout.label()},
                                        {"loss_on", to_text(loss_on)},
                                        {"d_model", model.config().d_model},
                                        {"loops", model.config().num_loops},
                                        {"window", layout.sequence_length()},
                                        {"real_share", static_cast<double>(num_tokens) /
                                                           static_cast<double>(positions)},
                                        {"problems_per_second", rate(num_problems)},
                                        {"real_tokens_per_second", rate(num_tokens)}}
              << '\n';
  }
};

int run(std::vector<std::string> arguments) {
  const bool smoke = std::erase(arguments, "--smoke") > 0;
  Index d = 64, loops = 4;
  require<ConfigError>(arguments.size() <= 2 && (arguments.empty() || from_text(arguments[0], d)) &&
                           (arguments.size() < 2 || from_text(arguments[1], loops)),
                       "usage: bench_packing [D=64] [R=4] [--smoke]");
  LoopedTransformerConfig config = ouro(d, std::max<Index>(1, d / 32));
  config.vocab_size = kVocab;
  config.max_sequence_length = kWindow;
  config.num_loops = loops;

  const Index num_problems = smoke ? 50 : 1024;
  std::vector<std::vector<Token>> problems;
  Index num_tokens = 0;
  for (Index i = 0; i < num_problems; ++i) {
    problems.push_back(problem(i));
    num_tokens += std::ssize(problems.back());
  }
  using enum Layout::Kind;
  const Layout layouts[] = {{packed, problems}, {one_mask, problems}, {padded, problems}};
  require_same_losses(config, layouts[0], layouts[2], problems.size());
  std::vector<std::unique_ptr<Contestant>> contestants;
  for (const LossOn loss_on : {LossOn::all, LossOn::answers})
    for (const Layout& layout : layouts)
      contestants.push_back(std::make_unique<Contestant>(config, layout, loss_on));
  for (int round = 0; round < (smoke ? 1 : 7); ++round)
    for (auto& contestant : contestants) contestant->run();
  for (const auto& contestant : contestants) contestant->print(num_problems, num_tokens);
  return 0;
}

}  // namespace

int main(int argc, char** argv) { return looplab_bench::run_main(run, argc, argv); }
