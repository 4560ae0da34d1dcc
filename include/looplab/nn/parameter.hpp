// SPDX-License-Identifier: MIT
//
// Parameters, and the list of a model's parameters by name.
//
// A module is a plain struct whose parameters are members; it shows them in a fixed order through
//
//   template <class Self, class Visit>
//   static void for_each_parameter(Self& self, const std::string& prefix, Visit&& visit);
//
// which calls visit(name, parameter). A `ParameterList` walks a model once and gives every
// parameter a place in one flat vector; gradients and optimizer moments have the same layout.
// Tests: tests/nn/parameter_test.cpp.
#pragma once

#include <string>
#include <vector>

#include "looplab/autograd/tape.hpp"
#include "looplab/kernels/matmul.hpp"

namespace looplab {

/// A learned array.
template <Real S>
struct Parameter {
  Tensor<S> value;
  bool decay = true;       // weight decay applies: matrices yes, norm gains and biases no
  bool is_product = true;  // enters matrix products, so packed copies are worth making
  bool frozen = false;     // the optimizer leaves it as it is
  kernels::ComputeType product_type = kernels::ComputeType::float32;
  Index offset = -1;  // place in the flat vector, set by ParameterList; -1: in none
  kernels::PreparedWeight<S> prepared;

  Parameter() = default;
  explicit Parameter(Shape shape, bool is_matrix = true)
      : value(shape), decay(is_matrix), is_product(is_matrix) {}
  [[nodiscard]] bool exists() const { return value.size() > 0; }

  /// Makes the packed copies again after a change of the value.
  void prepare() {
    if (is_product && value.shape().rank() == 2)
      prepared.prepare(value.data(), value.shape()[0], value.shape()[1], product_type);
  }
};

/// One forward pass: the tape it is written on, and where parameter gradients go.
template <Real S>
struct Pass {
  Tape<S>& tape;
  S* gradients = nullptr;  // flat vector laid out by ParameterList, accumulated; null: none wanted

  /// The parameter as a leaf of this pass.
  [[nodiscard]] Variable<S> use(const Parameter<S>& parameter) const {
    LOOPLAB_ASSERT(!gradients || parameter.offset >= 0);
    return tape.leaf(parameter.value.view(), gradients ? gradients + parameter.offset : nullptr);
  }
};

/// A model's parameters in walking order. Does not own them; the model must stay where it is.
template <Real S>
class ParameterList {
 public:
  struct Entry {
    std::string name;
    Parameter<S>* parameter;
  };

  /// Walks `model` and assigns offsets, each on a 64-byte boundary.
  template <class Model>
  explicit ParameterList(Model& model) {
    Model::for_each_parameter(model, "", [&](const std::string& name, Parameter<S>& parameter) {
      parameter.offset = flat_size_;
      flat_size_ += padded_size<S>(parameter.value.size());
      entries_.push_back({name, &parameter});
    });
  }

  [[nodiscard]] auto begin() const { return entries_.begin(); }
  [[nodiscard]] auto end() const { return entries_.end(); }
  [[nodiscard]] Index count() const { return std::ssize(entries_); }
  [[nodiscard]] const Entry& operator[](Index i) const {
    return entries_[static_cast<std::size_t>(i)];
  }
  /// Elements of the flat vector, padding included.
  [[nodiscard]] Index flat_size() const { return flat_size_; }
  /// Learned numbers.
  [[nodiscard]] Index num_parameters() const {
    Index n = 0;
    for (const Entry& entry : entries_) n += entry.parameter->value.size();
    return n;
  }
  /// The parameter of that name. \throws ConfigError if there is none
  [[nodiscard]] Parameter<S>& at(const std::string& name) const {
    for (const Entry& entry : entries_)
      if (entry.name == name) return *entry.parameter;
    throw ConfigError(concat("ParameterList: no parameter named ", name));
  }
  /// Packs every weight again (once per step: contract 3, CONTRIBUTING.md).
  void prepare() const {
    for (const Entry& entry : entries_) entry.parameter->prepare();
  }

 private:
  std::vector<Entry> entries_;
  Index flat_size_ = 0;
};

}  // namespace looplab
