// SPDX-License-Identifier: MIT
#include "looplab/train/token_model.hpp"

#include "support/scored_chunk.hpp"

using namespace looplab;
using looplab_test::LastOnly;

namespace {

struct HeadChangesModel : LastOnly {
  [[nodiscard]] Variable<double> head(const Pass<double>& pass, Variable<double> state);
};
struct HiddenTakesNoLoops : LastOnly {
  [[nodiscard]] Variable<double> hidden(const Pass<double>&, const Windows&) const;
};
struct HasNoScalar {
  Variable<float> hidden(const Pass<float>&, const Windows&, LoopChoice) const;
  Variable<float> head(const Pass<float>&, Variable<float>) const;
  template <class Self, class Visit>
  static void for_each_parameter(Self&, const std::string&, Visit&&);
};
/// Has everything but a gate.
struct PerLoop : LastOnly {
  void hidden_per_loop(const Pass<double>&, const Windows&, LoopChoice, auto&&) const {}
};

}  // namespace

TEST_CASE("concepts tell which models can be trained, scored after every loop, and gated") {
  STATIC_REQUIRE(TokenModel<LoopedTransformer<float>>);
  STATIC_REQUIRE(TokenModel<LoopedTransformer<double>>);
  STATIC_REQUIRE(TokenModel<LastOnly>);
  STATIC_REQUIRE_FALSE(TokenModel<HeadChangesModel>);
  STATIC_REQUIRE_FALSE(TokenModel<HiddenTakesNoLoops>);
  STATIC_REQUIRE_FALSE(TokenModel<HasNoScalar>);
  STATIC_REQUIRE(PerLoopModel<LoopedTransformer<float>>);
  STATIC_REQUIRE_FALSE(PerLoopModel<LastOnly>);
  STATIC_REQUIRE(PerLoopModel<PerLoop>);
  STATIC_REQUIRE(GatedModel<LoopedTransformer<float>>);
  STATIC_REQUIRE_FALSE(GatedModel<PerLoop>);
}
