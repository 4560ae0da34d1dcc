// SPDX-License-Identifier: MIT
//
// AdamW over a model's parameters: decoupled weight decay on matrices, none on norms and biases.
//
// Parameters that a filter leaves out keep their values and moments.
// The equations are in kernels/adamw.hpp.
#pragma once

#include <utility>
#include <vector>

#include "looplab/core/parallel.hpp"
#include "looplab/kernels/adamw.hpp"
#include "looplab/nn/parameter.hpp"
#include "looplab/train/parameter_filter.hpp"

namespace looplab {

/// Running means of the gradient and of its square, flat, laid out by ParameterList.
template <Real S>
struct AdamMoments {
  Tensor<S> first, second;
};

template <Real S>
class AdamW {
 public:
  /// Updates the parameters that `is_trained` names. Moments start at 0. `parameters` is kept by
  /// reference.
  explicit AdamW(const ParameterList<S>& parameters,
                 const ParameterFilter& is_trained = all_parameters())
      : parameters_(parameters),
        moments_{Tensor<S>({parameters.flat_size()}), Tensor<S>({parameters.flat_size()})} {
    for (Index p = 0; p < parameters.count(); ++p) {
      if (!is_trained(parameters[p].name)) continue;
      trained_.push_back(p);
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
      const Index at = parameter.offset + piece.begin;
      kernels::AdamwStep own = step;
      if (!is_matrix(parameter.role)) own.weight_decay = 0;
      kernels::adamw_update(parameter.value.data() + piece.begin, moments_.first.data() + at,
                            moments_.second.data() + at, gradient + at, piece.count, own,
                            gradient_scale);
    });
    parallel_for(std::ssize(trained_), num_threads, [&](Index i, int) {
      parameters_[trained_[static_cast<std::size_t>(i)]].parameter->prepare();
    });
  }

  /// Positions in the parameter list of those that are trained, ascending.
  [[nodiscard]] const std::vector<Index>& trained() const { return trained_; }
  [[nodiscard]] const AdamMoments<S>& moments() const& { return moments_; }
  [[nodiscard]] AdamMoments<S> moments() && { return std::move(moments_); }
  /// Takes over moments of the same layout. \throws ShapeError if their size is another
  void set_moments(AdamMoments<S> moments) {
    require<ShapeError>(moments.first.size() == parameters_.flat_size() &&
                            moments.second.size() == parameters_.flat_size(),
                        "AdamW: moments of ", moments.first.size(), " and ", moments.second.size(),
                        " numbers, expected ", parameters_.flat_size(), " each");
    moments_ = std::move(moments);
  }

  /// The moments of a parameter, shaped like it.
  [[nodiscard]] TensorView<S> first_moment(const Parameter<S>& p) {
    return view(moments_.first, p);
  }
  [[nodiscard]] TensorView<S> second_moment(const Parameter<S>& p) {
    return view(moments_.second, p);
  }

 private:
  static constexpr Index kBlock = 1 << 14;  // elements updated by one thread at a time
  struct Piece {
    Index parameter, begin, count;
  };

  static TensorView<S> view(Tensor<S>& flat, const Parameter<S>& p) {
    return {flat.data() + p.offset, p.value.shape()};
  }

  const ParameterList<S>& parameters_;
  AdamMoments<S> moments_;
  std::vector<Index> trained_;
  std::vector<Piece> pieces_;
};

}  // namespace looplab
