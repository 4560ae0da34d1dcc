// SPDX-License-Identifier: MIT
#include "looplab/inspect/loop_trace.hpp"

#include <map>

#include "support/model_variants.hpp"
#include "support/tolerance.hpp"

using namespace looplab;
using looplab_test::model_variants;
using looplab_test::TinyModel;

namespace {

constexpr Index kLength = 6;

/// Every variant, with a gate and two documents in each window.
struct Traced : TinyModel<double> {
  explicit Traced(LoopedTransformerConfig config) : TinyModel(with_gate(config), kLength) {
    for (Index n = 0; n < 2 * kLength; ++n)
      documents.push_back(static_cast<Token>(n % kLength < 2 ? 0 : 2));
  }
  static LoopedTransformerConfig with_gate(LoopedTransformerConfig c) {
    c.exit_gate = true;
    return c;
  }
};

}  // namespace

TEST_CASE("loss, accuracy and exits after each loop are those of the model with so many loops") {
  for (const auto& [name, config] : model_variants()) {
    if (config.residual_scale == ResidualScale::inverse_loops) continue;  // depends on their number
    const Traced tiny(config);
    LoopTracer<double> tracer(tiny.model, {});
    tracer.add(tiny.windows());
    std::vector<double> stay(tiny.targets.size(), 1);
    REQUIRE(std::ssize(tracer.trace().loops) == config.num_loops);
    for (Index loops = 1; loops <= config.num_loops; ++loops) {
      Tape<double> tape;
      const Pass<double> pass{tape, nullptr};
      const auto hidden = tiny.model.hidden(pass, tiny.windows(), {.num_loops = loops});
      const auto scores =
          cross_entropy(tape, tiny.model.head(pass, hidden), tiny.targets.data(), kIgnoreIndex);
      const auto z = tiny.model.gate(pass, hidden);
      double exits = 0;
      Index correct = 0;
      for (std::size_t i = 0; i < stay.size(); ++i) {
        if (tiny.targets[i] == kIgnoreIndex) continue;
        const double leave =
            loops == config.num_loops ? 1 : 1 / (1 + std::exp(-z.data()[static_cast<Index>(i)]));
        exits += stay[i] * leave;
        stay[i] *= 1 - leave;
        correct += scores.predicted[i] == tiny.targets[i];
      }
      const LoopReadOut& out = tracer.trace().loops[static_cast<std::size_t>(loops - 1)];
      INFO(name << ", " << loops << " loops");
      CHECK(out.read_out.count == 2 * kLength - 2);
      CHECK(out.read_out.correct == correct);
      CHECK(out.read_out.nll == Approx(scores.loss.data()[0]).epsilon(1e-11));
      CHECK(out.exits == Approx(exits).epsilon(1e-11));
    }
  }
}

TEST_CASE("norms, cosines and lens are those of the states that pass by") {
  for (const auto& [name, config] : model_variants()) {
    const Traced tiny(config);
    LoopTracer<double> tracer(tiny.model, {.lens = true});
    tracer.add(tiny.windows());
    tracer.add(tiny.windows());  // everything twice: means stay

    // The same walk with an own watcher.
    Tape<double> tape;
    const Pass<double> pass{tape, nullptr};
    std::map<std::array<Index, 3>, std::vector<double>> states;
    Index loop = -1;
    struct Watcher {
      const Traced& tiny;
      Tape<double>& tape;
      std::map<std::array<Index, 3>, std::vector<double>>& states;
      const Index& loop;
      Variable<double> operator()(Index, Variable<double> qkv, kernels::ComputeType) const {
        const auto& c = tiny.model.config();
        return attention(tape, qkv,
                         {2, kLength, c.num_heads, c.d_model / c.num_heads,
                          c.attention_mask == AttentionMask::causal, tiny.documents.data(),
                          tiny.model.rotary().empty() ? nullptr : &tiny.model.rotary()});
      }
      void watch(Index layer, SubLayer sub_layer, Variable<double> x) const {
        states[{loop, layer, static_cast<Index>(sub_layer)}].assign(x.data(), x.data() + x.size());
      }
    } watcher{tiny, tape, states, loop};
    std::vector<Token> positions;
    for (Index n = 0; n < 2 * kLength; ++n)
      positions.push_back(static_cast<Token>(n % kLength) -
                          tiny.documents[static_cast<std::size_t>(n)]);
    const auto e =
        tiny.model.enter(pass, tiny.tokens.data(), positions.data(), 2 * kLength, watcher);
    auto s = e;
    for (loop = 0; loop < config.num_loops; ++loop)
      s = tiny.model.loop(pass, s, e, loop, config.num_loops, watcher);

    REQUIRE(std::ssize(tracer.trace().sub_layers) ==
            config.num_loops * config.num_block_layers * 2);
    for (const SubLayerTrace& sub_layer : tracer.trace().sub_layers) {
      const Index layer = config.num_prelude_layers + sub_layer.layer, D = config.d_model;
      const auto sub = static_cast<Index>(sub_layer.sub_layer);
      const auto& x = states.at({sub_layer.loop, layer, sub});
      double norms = 0, cosines = 0;
      for (Index n = 0; n < 2 * kLength; ++n) {
        double own = 0, other = 0, both = 0;
        for (Index i = n * D; i < (n + 1) * D; ++i) {
          const double a = x[static_cast<std::size_t>(i)];
          const double b =
              sub_layer.loop == 0
                  ? 0
                  : states.at({sub_layer.loop - 1, layer, sub})[static_cast<std::size_t>(i)];
          own += a * a;
          other += b * b;
          both += a * b;
        }
        norms += std::sqrt(own) / (2 * kLength);
        cosines += both / std::sqrt(own * other) / (2 * kLength);
      }
      INFO(name << ", loop " << sub_layer.loop << ", layer " << sub_layer.layer << ", " << sub);
      CHECK(sub_layer.norm() == Approx(norms).epsilon(1e-11));
      if (sub_layer.loop == 0)
        CHECK(std::isnan(sub_layer.cosine()));
      else
        CHECK(sub_layer.cosine() == Approx(cosines).epsilon(1e-11));
      Tape<double> inner;
      const Pass<double> look{inner, nullptr};
      const auto state = inner.constant({x.data(), {2 * kLength, D}});
      const auto scores =
          cross_entropy(inner, tiny.model.head(look, tiny.model.read_norm(look, state)),
                        tiny.targets.data(), kIgnoreIndex);
      CHECK(sub_layer.lens.count == 2 * (2 * kLength - 2));
      CHECK(sub_layer.lens.loss() ==
            Approx(scores.loss.data()[0] / (2 * kLength - 2)).epsilon(1e-11));
    }
  }
}

TEST_CASE("attention maps are weights over the keys that a query sees") {
  for (const auto& [name, config] : model_variants()) {
    const Traced tiny(config);
    LoopTracer<double> tracer(tiny.model, {.maps = 3});
    tracer.add(tiny.windows());
    tracer.add(tiny.windows());  // of these only one more is kept
    const auto& maps = tracer.trace().maps;
    REQUIRE(maps.size() == 3);
    CHECK(std::ranges::equal(maps[0], maps[2]));
    const bool causal = config.attention_mask == AttentionMask::causal;
    const Index count = config.num_loops * config.num_block_layers * config.num_heads;
    REQUIRE(maps[0].size() == count * kLength * kLength);
    for (const auto& map : maps)
      for (Index row = 0; row < count * kLength; ++row) {
        const Index t = row % kLength;
        double sum = 0;
        for (Index j = 0; j < kLength; ++j) {
          const double w = map.data()[row * kLength + j];
          const bool seen = (j < 2) == (t < 2) && (!causal || j <= t);
          CHECK((w > 0) == seen);
          sum += w;
        }
        INFO(name);
        CHECK(sum == Approx(1).epsilon(1e-12));
      }
  }
}

TEST_CASE("attention maps are the softmax of q . k") {
  for (const auto& [name, config] : model_variants()) {
    if (config.positions != Positions::none) continue;
    const Traced tiny(config);
    LoopTracer<double> tracer(tiny.model, {.maps = 1});
    tracer.add(tiny.windows());
    Tape<double> tape;
    std::vector<std::vector<double>> qkv;  // of every loop and layer
    const auto attend = [&](Index, Variable<double> x, kernels::ComputeType) {
      qkv.emplace_back(x.data(), x.data() + x.size());
      return attention(tape, x,
                       {2, kLength, config.num_heads, config.d_model / config.num_heads, true,
                        tiny.documents.data(), nullptr});
    };
    const Pass<double> pass{tape, nullptr};
    const auto e = tiny.model.enter(pass, tiny.tokens.data(), nullptr, 2 * kLength, attend);
    auto s = e;
    for (Index r = 0; r < config.num_loops; ++r)
      s = tiny.model.loop(pass, s, e, r, config.num_loops, attend);
    const Index D = config.d_model, H = config.num_heads, K = D / H;
    for (std::size_t at = 0; at < qkv.size(); ++at)
      for (Index h = 0; h < H; ++h)
        for (Index t = 0; t < kLength; ++t) {
          std::vector<double> weight(kLength, 0);
          double sum = 0;
          for (Index j = t < 2 ? 0 : 2; j <= t; ++j) {
            double score = 0;
            for (Index i = 0; i < K; ++i)
              score += qkv[at][static_cast<std::size_t>(t * 3 * D + h * K + i)] *
                       qkv[at][static_cast<std::size_t>(j * 3 * D + D + h * K + i)];
            sum += weight[static_cast<std::size_t>(j)] =
                std::exp(score / std::sqrt(static_cast<double>(K)));
          }
          for (double& w : weight) w /= sum;
          const double* map = tracer.trace().maps[0].data() +
                              ((static_cast<Index>(at) * H + h) * kLength + t) * kLength;
          looplab_test::check_close(std::vector<double>(map, map + kLength), weight, 1e-12);
        }
  }
}

TEST_CASE("what does not fit a trace is refused by one sentence") {
  const TinyModel<double> tiny(model_variants().front().config, kLength);
  LoopTracer<double> tracer(tiny.model, {});
  Windows windows = tiny.windows();
  windows.targets = windows.targets.first(3);
  CHECK_THROWS_WITH(tracer.add(windows),
                    looplab_test::contains("LoopTracer: 3 targets for 2 windows of 6"));
  windows.targets = {};
  CHECK_THROWS_WITH(tracer.add(windows),
                    looplab_test::contains("targets are missing for 2 windows of 6"));
}
