// SPDX-License-Identifier: MIT
#include "looplab/models/adaptive_loops.hpp"

#include <functional>
#include <map>

#include "support/model_variants.hpp"
#include "support/tolerance.hpp"

using namespace looplab;
using looplab_test::check_close;
using looplab_test::contains;
using looplab_test::model_variants;
using looplab_test::TinyModel;

namespace {

constexpr Index kLength = 7;

/// Whether a row exits after loop r, given its h of all loops so far.
using Leaves = std::function<bool(Index row, const std::vector<std::vector<double>>& h)>;

struct Left {
  std::vector<double> states;
  std::vector<Index> num_loops;
};

/// By definition, without moving rows: every loop computes all rows, but of rows that have exited
/// only the q | k | v of their last loop are used.
Left by_definition(const TinyModel<double>& tiny, const Leaves& leaves) {
  const auto& c = tiny.model.config();
  const Index N = 2 * kLength, width = c.d_model, d_head = width / c.num_heads, R = c.num_loops;
  Tape<double> tape;
  tape.set_recording(false);
  const Pass<double> pass{tape, nullptr};
  std::map<Index, std::vector<double>> qkv;  // by layer, of the latest loop of each row
  std::vector<char> gone(static_cast<std::size_t>(N), 0);
  const auto begin_of = [&](Index n) {
    return tiny.documents.empty() ? Index{0}
                                  : static_cast<Index>(tiny.documents[static_cast<std::size_t>(n)]);
  };
  const auto sees = [&](Index n, Index j) {
    return n / kLength == j / kLength && begin_of(n) == begin_of(j) &&
           (j <= n || c.attention_mask == AttentionMask::full);
  };
  const auto attend = [&](Index layer, Variable<double> now, kernels::ComputeType) {
    auto& all = qkv[layer];
    all.resize(static_cast<std::size_t>(N * 3 * width));
    for (Index n = 0; n < N; ++n)
      if (!gone[static_cast<std::size_t>(n)])
        std::copy_n(now.data() + n * 3 * width, 3 * width, all.data() + n * 3 * width);
    const TensorView<double> out = tape.result({N, width});
    const auto turned = [&](Index n, Index part, Index h) {
      std::vector<double> x(all.data() + (n * 3 + part) * width + h * d_head,
                            all.data() + (n * 3 + part) * width + (h + 1) * d_head);
      if (part < 2 && !tiny.model.rotary().empty())
        kernels::rotary_forward(x.data(), tiny.model.rotary(), n % kLength - begin_of(n), d_head,
                                1.0, x.data());
      return x;
    };
    for (Index n = 0; n < N; ++n)
      for (Index h = 0; h < c.num_heads; ++h) {
        const auto q = turned(n, 0, h);
        std::vector<double> value(static_cast<std::size_t>(d_head), 0);
        double sum = 0;
        for (Index j = 0; j < N; ++j) {
          if (!sees(n, j)) continue;
          const auto k = turned(j, 1, h), v = turned(j, 2, h);
          double score = 0;
          for (std::size_t i = 0; i < q.size(); ++i) score += q[i] * k[i];
          const double w = std::exp(score / std::sqrt(static_cast<double>(d_head)));
          sum += w;
          for (std::size_t i = 0; i < v.size(); ++i) value[i] += w * v[i];
        }
        for (Index i = 0; i < d_head; ++i)
          out[n * width + h * d_head + i] = value[static_cast<std::size_t>(i)] / sum;
      }
    return tape.constant(out);
  };
  std::vector<Token> positions;
  for (Index n = 0; n < N; ++n) positions.push_back(static_cast<Token>(n % kLength - begin_of(n)));
  const auto e = tiny.model.enter(pass, tiny.tokens.data(), positions.data(), N, attend);
  auto s = e;
  Left left{std::vector<double>(static_cast<std::size_t>(N * width)),
            std::vector<Index>(static_cast<std::size_t>(N))};
  std::vector<std::vector<std::vector<double>>> h(static_cast<std::size_t>(N));
  for (Index r = 0; r < R; ++r) {
    s = tiny.model.loop(pass, s, e, r, R, attend);
    const auto read = tiny.model.read_out(pass, s, attend);
    for (Index n = 0; n < N; ++n) {
      const auto i = static_cast<std::size_t>(n);
      if (gone[i]) continue;
      h[i].emplace_back(read.data() + n * width, read.data() + (n + 1) * width);
      if (r + 1 < R && !leaves(n, h[i])) continue;
      gone[i] = 1;
      std::ranges::copy(h[i].back(), left.states.begin() + n * width);
      left.num_loops[i] = r + 1;
    }
  }
  return left;
}

/// Rows times a matrix [in, out] and a bias.
double product(const std::vector<double>& x, const Parameter<double>& weight, Index column) {
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i)
    sum += x[i] * weight.value(static_cast<Index>(i), column);
  return sum;
}

void check_rule(const TinyModel<double>& tiny, const AnyExitRule& rule, const Leaves& leaves) {
  AdaptiveLoops<double> adaptive(tiny.model);
  const auto result = adaptive.run(tiny.windows(), rule);
  const Left expected = by_definition(tiny, leaves);
  CHECK(std::vector<Index>(result.num_loops.begin(), result.num_loops.end()) == expected.num_loops);
  check_close(
      std::vector<double>(result.states.data(), result.states.data() + result.states.size()),
      expected.states, 1e-11, 3);
  const auto [least, most] = std::ranges::minmax(expected.num_loops);
  CHECK(least < most);  // otherwise the test would show little
}

/// A model with a gate, an untied head and several loops, in two documents.
struct Gated : TinyModel<double> {
  static LoopedTransformerConfig config() {
    auto c = model_variants().front().config;
    c.num_loops = 5;
    c.exit_gate = true;
    return c;
  }
  Gated() : TinyModel(config(), kLength) {
    for (Index n = 0; n < 2 * kLength; ++n)
      documents.push_back(static_cast<Token>(n % kLength < 3 ? 0 : 3));
  }
  [[nodiscard]] const Parameter<double>& at(const std::string& name) const {
    return parameters.at(name);
  }
  [[nodiscard]] std::vector<double> probabilities(const std::vector<double>& h) const {
    std::vector<double> p;
    double sum = 0;
    for (Index v = 0; v < model.config().vocab_size; ++v)
      sum += p.emplace_back(std::exp(product(h, at("head.weight"), v)));
    for (double& x : p) x /= sum;
    return p;
  }
};

/// A rule of the user's own.
struct EntropyBelow {
  static constexpr std::string_view kName = "entropy";
  static constexpr Needs kNeeds = Needs::logits;
  double threshold;
  bool leaves(const LoopRow& row) const { return entropy(row.logits) < threshold; }
};

/// Keeps what it was shown; no row leaves.
struct Seen {
  std::vector<LoopRow> rows;  // what their spans point to may be gone
};
template <Needs needs>
struct Watch {
  static constexpr std::string_view kName = "watch";
  static constexpr Needs kNeeds = needs;
  Seen* seen;
  bool leaves(const LoopRow& row) const {
    seen->rows.push_back(row);
    return false;
  }
};

}  // namespace

TEST_CASE("leaving after loop n gives the states of n loops, for every kind of model") {
  for (const auto& [name, config] : model_variants()) {
    if (config.num_coda_layers > 0) continue;
    TinyModel<double> tiny(config, kLength);
    for (const bool split : {false, true}) {
      if (split)
        for (Index n = 0; n < 2 * kLength; ++n)
          tiny.documents.push_back(static_cast<Token>(n % kLength < 4 ? 0 : 4));
      AdaptiveLoops<double> adaptive(tiny.model);
      for (Index loops = 1; loops <= config.num_loops; ++loops) {
        // Residuals may be scaled by the number of loops: both need it.
        const bool scaled = config.residual_scale == ResidualScale::inverse_loops;
        if (scaled && loops < config.num_loops) continue;
        Tape<double> tape;
        const auto expected =
            tiny.model.hidden({tape, nullptr}, tiny.windows(), {.num_loops = loops});
        const auto result = adaptive.run(tiny.windows(), FixedLoops{static_cast<double>(loops)});
        INFO(name << ", " << loops << " loops, documents " << split);
        check_close(std::span(result.states.data(), static_cast<std::size_t>(expected.size())),
                    std::span(expected.data(), static_cast<std::size_t>(expected.size())), 1e-11,
                    3);
        CHECK(std::ranges::count(result.num_loops, loops) == 2 * kLength);
      }
    }
  }
}

TEST_CASE("rows leave by the gate's quantile, and later ones see their last keys and values") {
  const Gated tiny;
  check_rule(tiny, GateQuantile{0.8}, [&](Index, const auto& h) {
    double stay = 1;
    for (const auto& state : h)
      stay *= 1 - 1 / (1 + std::exp(-product(state, tiny.at("exit_gate.weight"), 0) -
                                    tiny.at("exit_gate.bias").value[0]));
    return 1 - stay >= 0.8;
  });
}

TEST_CASE("rows leave where their state moves little") {
  const Gated tiny;
  check_rule(tiny, StateDifference{1.2}, [](Index, const auto& h) {
    if (h.size() < 2) return false;
    double sum = 0;
    for (std::size_t i = 0; i < h.back().size(); ++i)
      sum += std::pow(h.back()[i] - h[h.size() - 2][i], 2);
    return std::sqrt(sum) < 1.2;
  });
}

TEST_CASE("rows leave where the distribution moves little and is sharp") {
  const Gated tiny;
  for (const double most_entropy : {1.3, 9.0})
    check_rule(tiny, PredictionDivergence{0.1, most_entropy}, [&](Index, const auto& h) {
      if (h.size() < 2) return false;
      const auto now = tiny.probabilities(h.back()), before = tiny.probabilities(h[h.size() - 2]);
      double divergence = 0, entropy = 0;
      for (std::size_t v = 0; v < now.size(); ++v) {
        divergence += now[v] * std::log(now[v] / before[v]);
        entropy -= now[v] * std::log(now[v]);
      }
      return divergence < 0.1 && entropy < most_entropy;
    });
}

TEST_CASE("the oracle leaves as soon as the likeliest token is the target") {
  const Gated tiny;
  check_rule(tiny, TargetOracle{}, [&](Index row, const auto& h) {
    const auto p = tiny.probabilities(h.back());
    return std::ranges::max_element(p) - p.begin() == tiny.targets[static_cast<std::size_t>(row)];
  });
}

TEST_CASE("a rule of the user's own decides by what it needs") {
  const Gated tiny;
  const double threshold = 1.0;
  check_rule(tiny, EntropyBelow{threshold}, [&](Index, const auto& h) {
    double entropy = 0;
    for (double p : tiny.probabilities(h.back())) entropy -= p * std::log(p);
    return entropy < threshold;
  });
  LoopedTransformerConfig config = Gated::config();
  const LoopedTransformer<float> model(config, Seed{1});  // a float model; rows are in double
  AdaptiveLoops(model).run(tiny.windows(), EntropyBelow{0.2});
}

TEST_CASE("a rule gets the fields that it needs, and no others") {
  const Gated tiny;
  const Index D = tiny.model.config().d_model, V = tiny.model.config().vocab_size;
  Seen nothing, all;
  AdaptiveLoops<double> adaptive(tiny.model);
  const std::vector<Token> targets(static_cast<std::size_t>(2 * kLength), kIgnoreIndex);
  Windows windows = tiny.windows();
  windows.targets = targets;
  (void)adaptive.run(tiny.windows(), Watch<Needs::nothing>{&nothing}, 3);
  (void)adaptive.run(
      windows,
      Watch<Needs::logits | Needs::state | Needs::gate | Needs::target | Needs::previous>{&all}, 3);
  REQUIRE(nothing.rows.size() == 2 * 2 * kLength);  // not asked after the last of three loops
  REQUIRE(all.rows.size() == 2 * 2 * kLength);
  for (std::size_t i = 0; i < all.rows.size(); ++i) {
    const LoopRow &none = nothing.rows[i], &row = all.rows[i];
    const Index loop = i < 2 * kLength ? 1 : 2;
    CHECK((none.loop == loop && row.loop == loop));
    CHECK((none.state.empty() && none.logits.empty() && none.exit_cdf == 0));
    CHECK((std::ssize(row.state) == D && std::ssize(row.logits) == V));
    CHECK(std::ssize(row.previous_state) == (loop == 1 ? 0 : D));
    CHECK(std::ssize(row.previous_logits) == (loop == 1 ? 0 : V));
    CHECK((row.exit_probability > 0 && row.exit_cdf > 0.999 * row.exit_probability));
    CHECK(!row.target);  // kIgnoreIndex is no target
  }
}

TEST_CASE("logits of chosen rows are those of the head") {
  const Gated tiny;
  AdaptiveLoops<double> adaptive(tiny.model);
  const auto result = adaptive.run(tiny.windows(), FixedLoops{5});
  const std::vector<double> all = tiny.logits();
  const Index index[] = {3, 12};
  const auto some = adaptive.logits(result, index, 2);
  const Index V = tiny.model.config().vocab_size;
  for (Index i = 0; i < 2; ++i)
    check_close(
        std::span(some.data() + i * V, static_cast<std::size_t>(V)),
        std::span(all).subspan(static_cast<std::size_t>(index[i] * V), static_cast<std::size_t>(V)),
        1e-11, 3);
}

TEST_CASE("what no rule can mean is refused by one sentence") {
  const TinyModel<double> tiny(model_variants().front().config, kLength);
  AdaptiveLoops<double> adaptive(tiny.model);
  const auto run = [&](const AnyExitRule& rule) { (void)adaptive.run(tiny.windows(), rule); };
  CHECK_THROWS_WITH(run(GateQuantile{0.5}),
                    contains("this model has no exit gate (model.exit_gate)"));
  CHECK_THROWS_WITH(run(GateQuantile{1.5}), contains("exit rule gate: q is 1.5, expected 0 ... 1"));
  CHECK_THROWS_WITH(run(StateDifference{-1}), contains("exit rule difference: threshold is -1"));
  CHECK_THROWS_WITH(run(FixedLoops{0}), contains("loops is 0, expected 1 or more"));
  Windows without_targets = tiny.windows();
  without_targets.targets = {};
  CHECK_THROWS_WITH(adaptive.run(without_targets, TargetOracle{}),
                    contains("0 targets for 14 rows"));
  auto with_coda = model_variants().front().config;
  with_coda.num_coda_layers = 1;
  const LoopedTransformer<double> model(with_coda);
  CHECK_THROWS_WITH(AdaptiveLoops<double>(model), contains("num_coda_layers is 1, expected 0"));
}
