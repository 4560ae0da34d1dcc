// SPDX-License-Identifier: MIT
//
// Parameters, and the list of a model's parameters by name.
//
// A module is a plain struct whose parameters are members; it lists them in a fixed order by
//
//   template <class Self, class Visit>
//   static void for_each_parameter(Self& self, const std::string& prefix, Visit&& visit);
//
// which calls visit(name, parameter), through `visit_parameter` for a parameter that may not exist. A
// `ParameterList` walks a model once and assigns every parameter an offset in one flat vector;
// gradients and optimizer moments have the same layout.
#pragma once

#include <string>
#include <vector>

#include "looplab/autograd/tape.hpp"
#include "looplab/kernels/matmul.hpp"
#include "looplab/nn/parameter_shape.hpp"

namespace looplab {

/// A parameter's offset in the flat vector of a list; -1: none. It belongs to the listed parameter;
/// copies of the parameter have none.
class ListedOffset {
 public:
  ListedOffset() = default;
  ListedOffset(const ListedOffset&) {}
  ListedOffset& operator=(const ListedOffset&) {
    value_ = -1;
    return *this;
  }
  ~ListedOffset() = default;
  void set(Index value) { value_ = value; }
  operator Index() const { return value_; }

 private:
  Index value_ = -1;
};

/// A learned array.
template <Real S>
struct Parameter {
  Tensor<S> value;
  Role role = Role::weight;
  kernels::ComputeType product_type = kernels::ComputeType::float32;
  ListedOffset offset;  // set by ParameterList
  kernels::PreparedWeight<S> prepared;

  Parameter() = default;
  /// Ones for a gain, zeros for any other role.
  explicit Parameter(Shape shape, Role what = Role::weight) : value(shape), role(what) {
    if (role == Role::gain) value.fill(S{1});
  }
  [[nodiscard]] bool exists() const { return value.size() > 0; }

  /// Recreates the packed copies after a change of the value.
  void prepare() {
    if (is_packed(role) && value.shape().rank() == 2)
      prepared.prepare(value.data(), value.shape()[0], value.shape()[1], product_type);
  }
};

/// A visitor that fills a module with the parameters of a list.
template <Real S, class Shapes>
struct ParameterMaker {
  static constexpr bool makes_parameters = true;
  typename Shapes::const_iterator next, end;
  kernels::ComputeType type;

  void operator()(const std::string& name, Parameter<S>& made) {
    made = {};
    if (next == end || next->name != name) return;
    made = Parameter<S>(next->shape, next->role);
    made.product_type = type;
    ++next;
  }
};

/// Calls visit(name, parameter) if the parameter exists or is being created.
template <class P, class Visit>
void visit_parameter(Visit& visit, const std::string& name, P& parameter) {
  if constexpr (requires { Visit::makes_parameters; })
    visit(name, parameter);
  else if (parameter.exists())
    visit(name, parameter);
}

/// Creates the parameters of `module` that `shapes` lists in walking order, gains 1 and everything
/// else 0; its other parameters do not exist afterwards. `type`: factors of their products.
/// \throws ConfigError naming a listed parameter that the module does not have at that position
template <Real S, class Module, class Shapes>
void create_parameters(Module& module, const Shapes& shapes,
                       kernels::ComputeType type = kernels::ComputeType::float32) {
  ParameterMaker<S, Shapes> make{shapes.begin(), shapes.end(), type};
  Module::for_each_parameter(module, "", make);
  if (make.next != make.end)
    throw ConfigError(concat("create_parameters: the module has no parameter ", make.next->name,
                             ", or visits it in another order"));
}

/// One forward pass: its tape, and the memory for parameter gradients.
template <Real S>
struct Pass {
  Tape<S>& tape;
  S* gradients = nullptr;  // flat vector laid out by ParameterList, accumulated; null: no gradients

  /// The parameter as a leaf of this pass. \throws ConfigError if its gradient is wanted and it is
  /// in no list
  [[nodiscard]] Variable<S> use(const Parameter<S>& parameter) const {
    if (gradients == nullptr) return tape.constant(parameter.value.view());
    const Index offset = parameter.offset;
    require<ConfigError>(offset >= 0, "a parameter ", parameter.value.shape(),
                         " whose gradient is wanted is in no ParameterList");
    return tape.leaf(parameter.value.view(), gradients + offset);
  }
};

/// A model's parameters in walking order. Refers to the model, which must not move.
template <Real S>
class ParameterList {
 public:
  struct Entry {
    std::string name;
    Parameter<S>* parameter;
  };

  /// Walks `model` and gives every parameter its offset, each on a 64-byte boundary. More lists of
  /// the same model have the same layout.
  /// \throws ConfigError if a parameter has another offset already: a list of the whole model and
  /// one of a part of it would disagree about where gradients go
  template <class Model>
  explicit ParameterList(Model& model) {
    Model::for_each_parameter(model, "", [&](const std::string& name, Parameter<S>& parameter) {
      require<ConfigError>(parameter.offset < 0 || parameter.offset == flat_size_,
                           "ParameterList: ", name, " has offset ", Index{parameter.offset},
                           " in a list of another model or part of one, here it would get ",
                           flat_size_);
      parameter.offset.set(flat_size_);
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
  /// Number of learned numbers.
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
