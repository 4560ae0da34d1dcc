// SPDX-License-Identifier: MIT
//
// AdamW over a model's parameters: decoupled weight decay on matrices, none on norms and biases.
//
// Frozen parameters and their moments stay as they are.
// The equations are in kernels/adamw.hpp. Tests: tests/train/optimizer_test.cpp.
#pragma once

#include <vector>

#include "looplab/core/parallel.hpp"
#include "looplab/kernels/adamw.hpp"
#include "looplab/nn/parameter.hpp"

namespace looplab {

template <Real S>
class AdamW {
 public:
  /// Moments start at 0. `parameters` is kept by reference.
  explicit AdamW(const ParameterList<S>& parameters)
      : parameters_(parameters), m_({parameters.flat_size()}), v_({parameters.flat_size()}) {
    for (Index p = 0; p < parameters.count(); ++p) {
      const Index size = parameters[p].parameter->value.size();
      for (Index begin = 0; begin < size; begin += kBlock)
        pieces_.push_back({p, begin, std::min(kBlock, size - begin)});
    }
  }

  /// One step from `gradient` [flat_size], multiplied by `gradient_scale` first. `step` carries the
  /// learning rate, weight decay and bias corrections. Packed weights are made again.
  void update(const S* gradient, double gradient_scale, const kernels::AdamwStep& step,
              int num_threads) {
    parallel_for(std::ssize(pieces_), num_threads, [&](Index i, int) {
      const Piece& piece = pieces_[static_cast<std::size_t>(i)];
      Parameter<S>& parameter = *parameters_[piece.parameter].parameter;
      if (parameter.frozen) return;
      const Index at = parameter.offset + piece.begin;
      kernels::AdamwStep own = step;
      if (!is_matrix(parameter.role)) own.weight_decay = 0;
      kernels::adamw_update(parameter.value.data() + piece.begin, m_.data() + at, v_.data() + at,
                            gradient + at, piece.count, own, gradient_scale);
    });
    parallel_for(parameters_.count(), num_threads, [&](Index p, int) {
      if (!parameters_[p].parameter->frozen) parameters_[p].parameter->prepare();
    });
  }

  /// The moments of a parameter, shaped like it.
  [[nodiscard]] TensorView<S> first_moment(const Parameter<S>& p) { return view(m_, p); }
  [[nodiscard]] TensorView<S> second_moment(const Parameter<S>& p) { return view(v_, p); }

 private:
  static constexpr Index kBlock = 1 << 14;  // elements updated by one thread at a time
  struct Piece {
    Index parameter, begin, count;
  };

  static TensorView<S> view(Tensor<S>& flat, const Parameter<S>& p) {
    return {flat.data() + p.offset, p.value.shape()};
  }

  const ParameterList<S>& parameters_;
  Tensor<S> m_, v_;
  std::vector<Piece> pieces_;
};

}  // namespace looplab
