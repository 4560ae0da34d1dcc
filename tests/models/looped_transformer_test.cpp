// SPDX-License-Identifier: MIT
#include "looplab/models/looped_transformer.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/model_variants.hpp"
#include "support/tolerance.hpp"

using namespace looplab;
using namespace looplab_test;

namespace {

/// Rounding of some dozen layers, where products of another height may round otherwise.
template <Real S>
double layers_tolerance() {
  return tolerance<S>(10'000);
}

std::vector<std::string> names(const LoopedTransformerConfig& config) {
  LoopedTransformer<double> model(config);
  std::vector<std::string> found;
  for (const auto& [name, parameter] : ParameterList<double>(model)) found.push_back(name);
  return found;
}

double deviation(const Tensor<double>& values) {
  double square = 0;
  for (double x : values) square += x * x;
  return std::sqrt(square / static_cast<double>(values.size()));
}

LoopedTransformerConfig tiny() { return model_variants()[0].config; }

}  // namespace

TEST_CASE("parameters have their fixed names", "[model]") {
  using Names = std::vector<std::string>;
  CHECK(names(tiny()) ==
        Names{"embedding.weight", "block.0.attention_norm.gain", "block.0.attention.qkv.weight",
              "block.0.attention.output.weight", "block.0.attention_post_norm.gain",
              "block.0.feed_forward_norm.gain", "block.0.feed_forward.gate_up.weight",
              "block.0.feed_forward.down.weight", "block.0.feed_forward_post_norm.gain",
              "loop_norm.gain", "head.weight"});
  std::set<std::string> all;
  for (const ModelVariant& variant : model_variants())
    for (const std::string& name : names(variant.config)) all.insert(name);
  for (const char* name :
       {"position_embedding.weight", "prelude.1.attention.qkv.bias", "coda.0.attention_norm.gain",
        "block.0.attention_norm.bias", "block.0.feed_forward.up.weight",
        "block.1.feed_forward.up.bias", "block.0.feed_forward.gate_up.bias",
        "block.0.feed_forward_post_norm.bias", "injection.weight", "injection.bias",
        "loop_embedding.weight", "final_norm.gain", "final_norm.bias"}) {
    INFO(name);
    CHECK(all.contains(name));
  }
  CHECK_FALSE(all.contains("head.bias"));
}

TEMPLATE_TEST_CASE("the number of loops may change at every call", "[model]", float, double) {
  using S = TestType;
  LoopedTransformerConfig config = tiny();
  const TinyModel<S> model(config);
  const auto as_configured = model.logits();
  for (Index num_loops : {1, 2, 6}) {
    config.num_loops = num_loops;
    INFO(num_loops << " loops");
    CHECK(model.logits({num_loops, 0}) == TinyModel<S>(config).logits());
    CHECK(model.logits({num_loops, 0}) != as_configured);
  }
  CHECK(model.logits() == as_configured);
  CHECK(model.logits({3, 0}) == as_configured);
}

TEST_CASE("the residual scale follows the number of loops of the call", "[model]") {
  LoopedTransformerConfig config = tiny();
  config.residual_scale = ResidualScale::inverse_loops;
  const TinyModel<double> inverse(config);
  config.residual_scale = ResidualScale::one;
  const TinyModel<double> one(config);
  CHECK(inverse.logits({1, 0}) == one.logits({1, 0}));
  CHECK(inverse.logits({2, 0}) != one.logits({2, 0}));
}

TEST_CASE("adding the input changes nothing with one loop and something with two", "[model]") {
  LoopedTransformerConfig config = tiny();
  config.num_prelude_layers = 1;
  const TinyModel<double> none(config);
  config.input_injection = InputInjection::add;
  const TinyModel<double> add(config);
  CHECK(add.logits({1, 0}) == none.logits({1, 0}));
  CHECK(add.logits({2, 0}) != none.logits({2, 0}));
}

TEMPLATE_TEST_CASE("a later token changes no earlier logit under a causal mask, to the bit",
                   "[model]", float, double) {
  for (const ModelVariant& variant : model_variants()) {
    INFO(variant.name);
    TinyModel<TestType> model(variant.config);
    const auto vocab = static_cast<std::ptrdiff_t>(variant.config.vocab_size);
    const auto before = model.logits();
    for (Index t = 0; t < model.length; ++t) {
      Token& token = model.tokens[static_cast<std::size_t>(t)];
      const Token old = token;
      token = (token + 1) % static_cast<Token>(vocab);
      const auto after = model.logits();
      token = old;
      const bool causal = variant.config.attention_mask == AttentionMask::causal;
      const auto own = after.begin() + t * vocab, next = after.begin() + model.length * vocab;
      if (causal) CHECK(std::equal(after.begin(), own, before.begin()));
      if (!causal && t > 0) CHECK_FALSE(std::equal(after.begin(), own, before.begin()));
      CHECK_FALSE(std::equal(own, own + vocab, before.begin() + t * vocab));
      CHECK(std::equal(next, after.end(), before.begin() + model.length * vocab));
    }
  }
}

TEMPLATE_TEST_CASE("packed documents have the logits of the documents alone", "[model]", float,
                   double) {
  using S = TestType;
  for (const ModelVariant& variant : model_variants()) {
    INFO(variant.name);
    TinyModel<S> model(variant.config, 8);
    model.documents = {0, 0, 0, 3, 3, 3, 3, 3, 0, 1, 1, 1, 1, 1, 6, 6};
    const auto packed = model.logits();
    const auto begin_of = packed.begin();
    std::vector<S> alone;
    for (const auto& [begin, length] :
         {std::pair<std::size_t, Index>{0, 3}, {3, 5}, {8, 1}, {9, 5}, {14, 2}}) {
      const std::span<const Token> document(model.tokens.data() + begin,
                                            static_cast<std::size_t>(length));
      const auto logits = model.logits_of({1, length, document});
      alone.insert(alone.end(), logits.begin(), logits.end());
    }
    check_close(packed, alone, layers_tolerance<S>());
    model.documents.clear();
    const auto whole = model.logits();
    CHECK(std::equal(whole.begin(), whole.begin() + 3, begin_of) ==
          (variant.config.attention_mask == AttentionMask::causal));
    CHECK_FALSE(std::equal(whole.begin(), whole.end(), begin_of));
  }
}

TEST_CASE("a window's logits do not depend on its neighbours, and there may be no window",
          "[model]") {
  const TinyModel<double> model(tiny());
  const auto both = model.logits();
  const std::span<const Token> tokens(model.tokens);
  auto first = model.logits_of({1, 5, tokens.subspan(0, 5)});
  const auto second = model.logits_of({1, 5, tokens.subspan(5, 5)});
  first.insert(first.end(), second.begin(), second.end());
  check_close(both, first, layers_tolerance<double>());
  CHECK(model.logits_of({0, 5, {}}).empty());
}

TEST_CASE("rows given as input stand in place of the tokens' embeddings", "[model]") {
  for (const ModelVariant& variant : model_variants()) {
    INFO(variant.name);
    const TinyModel<double> model(variant.config);
    const Tensor<double>& table = model.parameters.at("embedding.weight").value;
    Tensor<double> rows({10, table.cols()});
    for (Index n = 0; n < 10; ++n)
      std::copy_n(table.data() + model.tokens[static_cast<std::size_t>(n)] * table.cols(),
                  table.cols(), rows.data() + n * table.cols());
    Tape<double> tape;
    const Pass<double> pass{tape};
    const Windows no_tokens{2, 5, {}, model.documents};
    const auto logits = [&] {
      return model.model.head(
          pass, model.model.hidden(pass, no_tokens, {}, tape.constant(rows.view())));
    };
    CHECK(to_doubles(logits().value()) == model.logits());
    rows[3] += 1;
    CHECK(to_doubles(logits().value()) != model.logits());
    rows = Tensor<double>({9, table.cols()});
    CHECK_THROWS_WITH(logits(), contains("input is [9, 8], expected [10, 8]"));
  }
}

TEST_CASE("bad input is named", "[model]") {
  LoopedTransformerConfig config = tiny();
  config.loop_embedding = LoopEmbedding::learned;
  TinyModel<double> model(config);
  const std::vector<Token> nine(9);
  CHECK_THROWS_AS(model.logits_of({1, 9, nine}), ShapeError);
  CHECK_THROWS_WITH(model.logits_of({1, 9, nine}),
                    contains("window of 9 positions, max_sequence_length is 8"));
  CHECK_THROWS_WITH(model.logits_of({2, 5, nine}), contains("9 tokens for 2 windows of 5"));
  CHECK_THROWS_AS(model.logits({4, 0}), ConfigError);
  CHECK_THROWS_WITH(model.logits({4, 0}),
                    contains("4 loops, but the loop-index table has 3 rows (max_loops)"));
  for (const Token bad : {5, -1}) {
    model.tokens[6] = bad;
    CHECK_THROWS_AS(model.logits(), ShapeError);
    CHECK_THROWS_WITH(model.logits(), contains(concat("token ", bad, " at position 6")));
  }
  model.tokens[6] = 0;
  CHECK_NOTHROW(model.logits());
  CHECK_THROWS_AS(model.logits({-1, 0}), ConfigError);
  CHECK_THROWS_AS(model.logits({0, -1}), ConfigError);
}

TEST_CASE("documents must begin where they say", "[model]") {
  TinyModel<double> model(tiny());
  model.documents = {0, 0, 0};
  CHECK_THROWS_WITH(model.logits(), contains("3 document entries for 2 windows of 5"));
  for (const std::vector<Token>& first : std::vector<std::vector<Token>>{{1, 1, 1, 1, 1},
                                                                         {0, 0, 1, 1, 1},
                                                                         {0, 0, 2, 0, 0},
                                                                         {0, 0, 3, 3, 3},
                                                                         {-1, -1, -1, -1, -1}}) {
    model.documents = {0, 0, 0, 3, 3};
    model.documents.insert(model.documents.end(), first.begin(), first.end());
    CHECK_THROWS_AS(model.logits(), ShapeError);
  }
  model.documents = {0, 0, 0, 3, 3, 0, 1, 2, 3, 4};
  CHECK_NOTHROW(model.logits());
  model.documents = {0, 0, 0, 3, 3, 3, 3, 3, 3, 3};  // no document crosses windows
  CHECK_THROWS_WITH(model.logits(), contains("the document of position 0 begins at 3, expected 0"));
}

TEST_CASE("the same seed gives the same model, another seed another", "[model]") {
  const auto values = [](Seed seed, LoopedTransformerConfig config, const std::string& name) {
    LoopedTransformer<double> model(config, seed);
    return to_doubles(ParameterList<double>(model).at(name).value);
  };
  const std::string name = "block.0.attention.qkv.weight";
  const auto first = values(Seed{1}, tiny(), name);
  CHECK(values(Seed{1}, tiny(), name) == first);
  CHECK(values(Seed{2}, tiny(), name) != first);
  LoopedTransformerConfig more = tiny();
  more.num_prelude_layers = more.num_block_layers = 2;
  more.positions = Positions::learned;
  CHECK(values(Seed{1}, more, name) == first);  // other parameters shift nothing
  CHECK(values(Seed{1}, more, "block.1.attention.qkv.weight") != first);
}

TEST_CASE("without a seed matrices are zero, and gains one", "[model]") {
  LoopedTransformerConfig config = tiny();
  config.product_type = kernels::ComputeType::bfloat16;
  LoopedTransformer<float> model(config, std::nullopt);
  for (const auto& [name, parameter] : ParameterList<float>(model)) {
    INFO(name);
    CHECK(parameter->product_type == config.product_type);
    const float expected = is_matrix(parameter->role) ? 0.0f : 1.0f;
    CHECK(std::ranges::all_of(parameter->value, [&](float x) { return x == expected; }));
  }
}

TEST_CASE("with output projections of zero a pre-norm block is the identity at the start",
          "[model]") {
  LoopedTransformerConfig config = tiny();
  config.norm_placement = NormPlacement::pre;
  config.loop_norm = LoopNorm::once;
  const std::vector<Token> tokens = {0, 1, 2, 3, 4};
  const auto logits = [&](Index num_loops) {
    const LoopedTransformer<double> model(config, Seed{3});
    Tape<double> tape;
    const auto y = model.forward(Pass<double>{tape}, {1, 5, tokens}, {num_loops, 0});
    return to_doubles(y.value());
  };
  CHECK(logits(1) != logits(7));
  config.initialization = Initialization::zero_output;
  CHECK(logits(1) == logits(7));
}

TEST_CASE("initial deviations are those of the configuration", "[model]") {
  LoopedTransformerConfig config;
  config.vocab_size = 100;
  config.d_model = 96;
  config.num_prelude_layers = 1;
  config.num_block_layers = 2;
  config.num_loops = 3;
  config.num_coda_layers = 1;  // 1 + 2 x 3 + 1 = 8 effective layers
  config.biases = true;
  for (const auto& [kind, factor] : {std::pair{Initialization::normal, 1.0},
                                     {Initialization::scaled_residual, 0.25},  // 1 / sqrt(2 x 8)
                                     {Initialization::zero_output, 0.0}}) {
    config.initialization = kind;
    config.init_std = 0.03;
    LoopedTransformer<double> model(config);
    for (const auto& [name, parameter] : ParameterList<double>(model)) {
      INFO(name);
      const bool output = name.ends_with("output.weight") || name.ends_with("down.weight");
      const double expected = name.ends_with("gain")   ? 1
                              : name.ends_with("bias") ? 0
                                                       : 0.03 * (output ? factor : 1);
      CHECK(deviation(parameter->value) == Approx(expected).epsilon(0.05));
    }
  }
}

TEST_CASE("a bad configuration is refused before anything is made", "[model]") {
  LoopedTransformerConfig config = tiny();
  config.num_heads = 3;
  CHECK_THROWS_AS(LoopedTransformer<float>(config), ConfigError);
}
