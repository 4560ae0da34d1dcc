// SPDX-License-Identifier: MIT
//
// Gradients of whole looped models: against central differences, against the same model written
// out with R copies of everything that is shared, and truncated.
#include <algorithm>
#include <cmath>
#include <vector>

#include "looplab/models/looped_transformer.hpp"
#include "support/catch.hpp"
#include "support/model_variants.hpp"
#include "support/skipped.hpp"
#include "support/tolerance.hpp"

using namespace looplab;
using namespace looplab_test;

namespace {

/// Central differences of two steps, extrapolated: a whole model bends more than one operation.
constexpr double kStep = 3 * kDifferenceStep;
constexpr double kModelDifferenceTolerance = 10 * kDifferenceTolerance;
/// Sums over loops and rows in another order, of gradients up to some hundred.
const double kReordered = tolerance<double>(1000);

/// The model without sharing: every loop has its own copy of blocks, injection, loop table and
/// norm. Copies are named like what they are copies of.
struct Unrolled {
  using S = double;
  LoopedTransformerConfig config;
  Index num_loops;
  Parameter<S> embedding, positions;
  std::vector<TransformerBlock<S>> prelude, blocks, coda;  // blocks: loop after loop
  std::vector<Linear<S>> injections;
  std::vector<Parameter<S>> loop_tables;
  std::vector<Norm<S>> loop_norms;
  Norm<S> final_norm;
  Linear<S> head;
  kernels::RotaryTable<S> rotary;

  Unrolled(const TinyModel<S>& source, Index loops)
      : config(source.model.config()), num_loops(loops) {
    const auto& c = config;
    const auto times = [](Index count, const auto& module) {
      return std::vector(static_cast<std::size_t>(count), module);
    };
    const TransformerBlock<S> block(c.block());
    embedding = Parameter<S>({c.vocab_size, c.d_model});
    if (c.positions == Positions::learned)
      positions = Parameter<S>({c.max_sequence_length, c.d_model});
    if (c.positions == Positions::rotary)
      rotary = {c.max_sequence_length, c.d_model / c.num_heads, c.rotary_base};
    prelude = times(c.num_prelude_layers, block);
    blocks = times(c.num_block_layers * loops, block);
    coda = times(c.num_coda_layers, block);
    if (c.input_injection == InputInjection::linear)
      injections = times(loops, Linear<S>(2 * c.d_model, c.d_model, c.biases));
    if (c.loop_embedding == LoopEmbedding::learned)
      loop_tables = times(loops, Parameter<S>({c.max_loops, c.d_model}));
    if (c.loop_norm == LoopNorm::every_loop) loop_norms = times(loops, block.attention_norm);
    if (c.has_final_norm()) final_norm = block.attention_norm;
    if (!c.tied_head) head = Linear<S>(c.d_model, c.vocab_size, false);
    for_each_parameter(*this, "", [&](const std::string& name, Parameter<S>& parameter) {
      parameter.value = source.parameters.at(name).value;
    });
  }

  template <class Self, class Visit>
  static void for_each_parameter(Self& self, const std::string&, Visit&& visit) {
    visit("embedding.weight", self.embedding);
    if (self.positions.exists()) visit("position_embedding.weight", self.positions);
    const auto walk = [&](auto& all, const std::string& name, std::size_t distinct) {
      for (std::size_t i = 0; i < all.size(); ++i)
        TransformerBlock<S>::for_each_parameter(all[i], name + std::to_string(i % distinct) + ".",
                                                visit);
    };
    walk(self.prelude, "prelude.", self.prelude.size());
    walk(self.blocks, "block.", static_cast<std::size_t>(self.config.num_block_layers));
    walk(self.coda, "coda.", self.coda.size());
    for (auto& injection : self.injections)
      Linear<S>::for_each_parameter(injection, "injection.", visit);
    for (auto& table : self.loop_tables) visit("loop_embedding.weight", table);
    for (auto& norm : self.loop_norms) Norm<S>::for_each_parameter(norm, "loop_norm.", visit);
    Norm<S>::for_each_parameter(self.final_norm, "final_norm.", visit);
    if (self.head.weight.exists()) Linear<S>::for_each_parameter(self.head, "head.", visit);
  }

  /// Logits; the state after loop `num_constant` - 1 counts as given.
  Variable<S> forward(const Pass<S>& pass, const TinyModel<S>& source, Index num_constant) const {
    Tape<S>& tape = pass.tape;
    const Index rows = 2 * source.length;
    const kernels::AttentionShape<S> shape{2,
                                           source.length,
                                           config.num_heads,
                                           config.d_model / config.num_heads,
                                           config.attention_mask == AttentionMask::causal,
                                           nullptr,
                                           rotary.empty() ? nullptr : &rotary};
    Variable<S> e = looplab::embedding(tape, pass.use(embedding), source.tokens.data(), rows);
    if (positions.exists()) {
      auto* places = tape.allocate<Token>(rows);
      for (Index n = 0; n < rows; ++n) places[n] = static_cast<Token>(n % source.length);
      e = add(tape, e, looplab::embedding(tape, pass.use(positions), places, rows));
    }
    for (const auto& block : prelude) e = block(pass, e, shape);
    const TensorView<S> zeros = tape.result(e.shape());
    std::ranges::fill(zeros, 0);
    Variable<S> s = config.input_injection == InputInjection::none ? e : tape.constant(zeros);
    const S residual =
        config.residual_scale == ResidualScale::one ? 1 : 1 / static_cast<S>(num_loops);
    for (Index r = 0; r < num_loops; ++r) {
      const auto copy = static_cast<std::size_t>(r);
      if (config.input_injection == InputInjection::add) s = add(tape, s, e);
      if (!injections.empty()) s = injections[copy](pass, concat_columns(tape, s, e));
      if (!loop_tables.empty()) {
        auto* row = tape.allocate<Index>(1);
        *row = r;
        s = add_row(tape, s, gather_rows(tape, pass.use(loop_tables[copy]), row, 1));
      }
      for (Index i = 0; i < config.num_block_layers; ++i)
        s = blocks[static_cast<std::size_t>(r * config.num_block_layers + i)](pass, s, shape,
                                                                              residual);
      if (!loop_norms.empty()) s = loop_norms[copy](pass, s);
      if (r + 1 == num_constant) s = tape.detach(s);
    }
    for (const auto& block : coda) s = block(pass, s, shape);
    if (final_norm.exists()) s = final_norm(pass, s);
    return config.tied_head ? matmul(tape, s, pass.use(embedding), kernels::Layout::transposed)
                            : head(pass, s);
  }
};

/// Checks that logits of `looped` and of its unrolled form are equal, and that the gradient of each
/// shared parameter is the sum of its copies'.
void check_unrolled(const TinyModel<double>& looped, Index num_loops, Index backprop_loops) {
  const LoopChoice choice{num_loops, backprop_loops};
  Unrolled unrolled(looped, num_loops);
  const ParameterList<double> copies(unrolled);
  Tensor<double> gradients({copies.flat_size()}), sums({looped.parameters.flat_size()});
  Tape<double> tape;
  const auto logits = unrolled.forward(Pass<double>{tape, gradients.data()}, looped,
                                       backprop_loops == 0 ? 0 : num_loops - backprop_loops);
  CHECK(std::ranges::equal(logits.value(), looped.logits(choice)));
  tape.backward(cross_entropy(tape, logits, looped.targets.data(), kIgnoreIndex).loss);
  for (const auto& [name, copy] : copies)
    for (Index i = 0; i < copy->value.size(); ++i)
      sums[looped.parameters.at(name).offset + i] += gradients[copy->offset + i];
  check_close(looped.gradient(choice), sums, kReordered);
}

}  // namespace

TEST_CASE("the gradient of every parameter agrees with central differences") {
  for (const ModelVariant& variant : model_variants()) {
    TinyModel<double> tiny(variant.config);
    const Tensor<double> gradient = tiny.gradient();
    RandomStream choose(Seed{5}, variant.name);
    for (const auto& [name, parameter] : tiny.parameters)
      for (int repetition = 0; repetition < 6; ++repetition) {
        const Index i = choose.below(parameter->value.size());
        double& x = parameter->value[i];
        const double middle = x;
        const auto slope = [&](double step) {
          x = middle + step;
          const double above = tiny.loss();
          x = middle - step;
          const double below = tiny.loss();
          x = middle;
          return (above - below) / (2 * step);
        };
        const double numeric = (4 * slope(kStep) - slope(2 * kStep)) / 3;
        INFO(variant.name << ": " << name << " element " << i);
        CHECK(std::abs(gradient[parameter->offset + i] - numeric) <=
              kModelDifferenceTolerance * (1 + std::abs(numeric)));
      }
  }
}

TEST_CASE("every parameter of every variant gets a gradient") {
  for (const ModelVariant& variant : model_variants()) {
    const TinyModel<double> tiny(variant.config);
    const Tensor<double> gradient = tiny.gradient();
    for (const auto& [name, parameter] : tiny.parameters) {
      INFO(variant.name << ": " << name);
      const double* begin = gradient.data() + parameter->offset;
      CHECK(std::any_of(begin, begin + parameter->value.size(), [](double g) { return g != 0; }));
    }
  }
}

TEST_CASE("R loops equal R copies: the same bits, and the sum of the copies' gradients") {
  for (const ModelVariant& variant : model_variants())
    for (Index num_layers : {1, 2})
      for (Index num_loops : {1, 2, 3}) {
        LoopedTransformerConfig config = variant.config;
        config.num_block_layers = num_layers;
        INFO(variant.name << ", " << num_layers << " x " << num_loops);
        check_unrolled(TinyModel<double>(config), num_loops, 0);
      }
}

TEST_CASE("a deep model whose layers are copies equals the looped one") {
  LoopedTransformerConfig config = model_variants()[0].config;
  config.loop_norm = LoopNorm::once;
  for (Index num_layers : {1, 2})
    for (Index num_loops : {1, 2, 5}) {
      config.num_block_layers = num_layers;
      const TinyModel<double> looped(config);
      LoopedTransformerConfig deep_config = config;
      deep_config.num_block_layers = num_layers * num_loops;
      deep_config.num_loops = 1;
      TinyModel<double> deep(deep_config);
      const auto source = [&](const std::string& name) -> const Parameter<double>& {
        if (!name.starts_with("block.")) return looped.parameters.at(name);
        const std::size_t dot = name.find('.', 6);
        const Index layer = std::stol(name.substr(6, dot - 6)) % num_layers;
        return looped.parameters.at("block." + std::to_string(layer) + name.substr(dot));
      };
      for (const auto& [name, parameter] : deep.parameters) parameter->value = source(name).value;
      INFO(num_layers << " x " << num_loops);
      CHECK(deep.logits() == looped.logits({num_loops, 0}));
      const Tensor<double> gradient = deep.gradient();
      Tensor<double> sums({looped.parameters.flat_size()});
      for (const auto& [name, parameter] : deep.parameters)
        for (Index i = 0; i < parameter->value.size(); ++i)
          sums[source(name).offset + i] += gradient[parameter->offset + i];
      check_close(looped.gradient({num_loops, 0}), sums, kReordered);
    }
}

TEST_CASE("a truncated gradient is that of the last loops with the state before them given") {
  for (const ModelVariant& variant : model_variants())
    for (Index backprop_loops : {1, 2, 3}) {
      const TinyModel<double> tiny(variant.config);
      INFO(variant.name << ", last " << backprop_loops << " loops");
      const Index num_loops = variant.config.loop_embedding == LoopEmbedding::learned ? 3 : 4;
      if (backprop_loops >= num_loops) continue;
      check_unrolled(tiny, num_loops, backprop_loops);
      CHECK_FALSE(std::ranges::equal(tiny.gradient({num_loops, backprop_loops}),
                                     tiny.gradient({num_loops, 0})));
    }
}

TEST_CASE("truncation to all loops or more changes nothing, and the values it never changes") {
  for (const ModelVariant& variant : model_variants()) {
    const TinyModel<double> tiny(variant.config);
    INFO(variant.name);
    const Index loops = variant.config.num_loops;
    const Tensor<double> full = tiny.gradient();
    CHECK(std::ranges::equal(tiny.gradient({0, loops}), full));
    CHECK(std::ranges::equal(tiny.gradient({0, loops + 5}), full));
    CHECK(tiny.logits({0, 1}) == tiny.logits());
  }
}

TEST_CASE("backprop_loops may stand in the configuration") {
  LoopedTransformerConfig config = model_variants()[0].config;
  const TinyModel<double> plain(config);
  config.backprop_loops = 2;
  const TinyModel<double> truncated(config);
  CHECK(std::ranges::equal(truncated.gradient(), plain.gradient({0, 2})));
}

// Each rounding is off by at most 2^-9 = 0.2 %. These models are hardly wider than a number and
// have random gains: measured 0.6 to 5.9 %.
TEST_CASE("bfloat16 products move loss and gradient a little", "[bfloat16]") {
  if (!kernels::has_bfloat16_products()) return looplab_test::skipped("no bfloat16 products");
  for (const ModelVariant& variant : model_variants()) {
    LoopedTransformerConfig config = variant.config;
    const TinyModel<float> full(config);
    config.product_type = kernels::ComputeType::bfloat16;
    const TinyModel<float> rounded(config);
    const Tensor<float> expected = full.gradient(), gradient = rounded.gradient();
    double difference = 0, size = 0;
    for (Index i = 0; i < expected.size(); ++i) {
      const auto e = static_cast<double>(expected[i]);
      difference += std::pow(static_cast<double>(gradient[i]) - e, 2);
      size += e * e;
    }
    const double relative = std::sqrt(difference / size);
    INFO(variant.name << ": relative difference of gradients " << relative);
    CHECK(relative > 1e-4);  // it did something
    CHECK(relative < 0.1);
    CHECK(std::abs(rounded.loss() - full.loss()) < 1e-2 * full.loss());
  }
}
