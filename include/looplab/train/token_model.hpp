// SPDX-License-Identifier: MIT
//
// What a model must offer to be trained and evaluated on token windows.
#pragma once

#include <string>

#include "looplab/models/looped_transformer.hpp"

namespace looplab {

/// A model of token windows:
///   hidden(pass, windows, loops)   states [B T, D]
///   head(pass, states)             logits [N, V]
///   for_each_parameter             see nn/parameter.hpp
template <class M>
concept TokenModel = requires(M& model, const M& constant, const Pass<typename M::Scalar>& pass,
                              const Windows& windows, Variable<typename M::Scalar> state) {
  requires Real<typename M::Scalar>;
  constant.hidden(pass, windows, LoopChoice{});
  constant.head(pass, state);
  M::for_each_parameter(model, "", [](const std::string&, auto&) {});
};

/// A token model whose state can be read out after every loop:
///   hidden_per_loop(pass, windows, loops, visit)   calls visit(r, states [B T, D])
template <class M>
concept PerLoopModel = TokenModel<M> &&
    requires(const M& model, const Pass<typename M::Scalar>& pass, const Windows& windows) {
  model.hidden_per_loop(pass, windows, LoopChoice{}, [](Index, Variable<typename M::Scalar>) {});
};

/// A model with an exit gate:
///   gate(pass, states)             logits [N, 1] of leaving after the loop that made the states
template <class M>
concept GatedModel = PerLoopModel<M> &&
    requires(const M& model, const Pass<typename M::Scalar>& pass,
             Variable<typename M::Scalar> state) {
  model.gate(pass, state);
};

}  // namespace looplab
