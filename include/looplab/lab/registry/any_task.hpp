// SPDX-License-Identifier: MIT
//
// A task of any kind behind one type, so that the code that runs claims is compiled once, not once
// per task.
//
// The indirect call is cheap compared with the window that it fills.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "looplab/io/config_json.hpp"
#include "looplab/lab/metrics/task_metrics.hpp"

namespace looplab::lab {

/// The settings of a task as JSON, for a checkpoint to compare, with the task's version if it has
/// one.
struct TaskSettings {
  nlohmann::ordered_json json;
};
[[nodiscard]] inline const nlohmann::ordered_json& to_json(const TaskSettings& settings) {
  return settings.json;
}

/// `kVersion`: a number that changes when the code of the task does. Built-in tasks have none: their
/// changes are a matter of `kResultsVersion`.
template <class T>
concept HasVersion = requires {
  { T::kVersion } -> std::convertible_to<int>;
};

/// `num_bridges(i)`: number of intermediate entities of an answer of slice i; `bridge(question,
/// hop)`: the token of the entity after 1 ... num_bridges hops of the question, given its tokens.
template <class T>
concept HasBridges = requires(const T& task, Index i, std::span<const Token> question) {
  { task.num_bridges(i) } -> std::convertible_to<Index>;
  { task.bridge(question, i) } -> std::convertible_to<Token>;
};

/// Satisfies `Task`. Copies share the task, which never changes.
class AnyTask {
 public:
  template <Task T>
  explicit AnyTask(T task) : task_(std::make_shared<const Model<T>>(std::move(task))) {}

  [[nodiscard]] std::string name() const { return task_->name(); }
  [[nodiscard]] Index vocab_size() const { return task_->vocab_size(); }
  [[nodiscard]] Index sequence_length() const { return task_->sequence_length(); }
  [[nodiscard]] Index num_slices() const { return task_->num_slices(); }
  [[nodiscard]] std::string slice_name(Index slice) const { return task_->slice_name(slice); }
  [[nodiscard]] Index num_evaluation_sequences() const { return task_->num_evaluation_sequences(); }
  void sample(Seed seed, Split split, Index index, Window window) const {
    task_->sample(seed, split, index, window);
  }
  [[nodiscard]] std::string token_name(Token token) const { return task_->token_name(token); }
  [[nodiscard]] TaskSettings config() const { return task_->config(); }
  /// See `task_metrics` and `declared_metrics`.
  [[nodiscard]] Metrics metrics(const Evaluation& evaluation, Index num_parameters) const {
    return task_->metrics(evaluation, num_parameters);
  }
  [[nodiscard]] std::vector<MetricKey> metric_keys() const { return task_->metric_keys(); }
  /// The floors of all slices; empty if the task has none.
  [[nodiscard]] std::vector<double> slice_floors() const { return task_->slice_floors(); }
  /// See `HasBridges`; 0 for tasks without.
  [[nodiscard]] Index num_bridges(Index slice) const { return task_->num_bridges(slice); }
  [[nodiscard]] Token bridge(std::span<const Token> question, Index hop) const {
    return task_->bridge(question, hop);
  }

 private:
  struct Interface {
    virtual ~Interface() = default;
    [[nodiscard]] virtual std::string name() const = 0;
    [[nodiscard]] virtual Index vocab_size() const = 0;
    [[nodiscard]] virtual Index sequence_length() const = 0;
    [[nodiscard]] virtual Index num_slices() const = 0;
    [[nodiscard]] virtual std::string slice_name(Index slice) const = 0;
    [[nodiscard]] virtual Index num_evaluation_sequences() const = 0;
    virtual void sample(Seed seed, Split split, Index index, Window window) const = 0;
    [[nodiscard]] virtual std::string token_name(Token token) const = 0;
    [[nodiscard]] virtual TaskSettings config() const = 0;
    [[nodiscard]] virtual Metrics metrics(const Evaluation& evaluation,
                                          Index num_parameters) const = 0;
    [[nodiscard]] virtual std::vector<MetricKey> metric_keys() const = 0;
    [[nodiscard]] virtual std::vector<double> slice_floors() const = 0;
    [[nodiscard]] virtual Index num_bridges(Index slice) const = 0;
    [[nodiscard]] virtual Token bridge(std::span<const Token> question, Index hop) const = 0;
  };

  template <Task T>
  struct Model final : Interface {
    explicit Model(T given) : task(std::move(given)) {}
    [[nodiscard]] std::string name() const override { return task.name(); }
    [[nodiscard]] Index vocab_size() const override { return task.vocab_size(); }
    [[nodiscard]] Index sequence_length() const override { return task.sequence_length(); }
    [[nodiscard]] Index num_slices() const override { return task.num_slices(); }
    [[nodiscard]] std::string slice_name(Index slice) const override {
      return task.slice_name(slice);
    }
    [[nodiscard]] Index num_evaluation_sequences() const override {
      return task.num_evaluation_sequences();
    }
    void sample(Seed seed, Split split, Index index, Window window) const override {
      task.sample(seed, split, index, window);
    }
    [[nodiscard]] std::string token_name(Token token) const override {
      return task.token_name(token);
    }
    [[nodiscard]] TaskSettings config() const override {
      TaskSettings settings{looplab::to_json(task.config())};
      if constexpr (HasVersion<T>) settings.json["version"] = T::kVersion;
      return settings;
    }
    [[nodiscard]] Metrics metrics(const Evaluation& evaluation,
                                  Index num_parameters) const override {
      return task_metrics(task, evaluation, num_parameters);
    }
    [[nodiscard]] std::vector<MetricKey> metric_keys() const override {
      return keys_of(declared_metrics(task));
    }
    [[nodiscard]] std::vector<double> slice_floors() const override {
      std::vector<double> floors;
      if constexpr (HasFloors<T>)
        for (Index slice = 0; slice < task.num_slices(); ++slice)
          floors.push_back(task.slice_floor(slice));
      return floors;
    }
    [[nodiscard]] Index num_bridges([[maybe_unused]] Index slice) const override {
      if constexpr (HasBridges<T>)
        return task.num_bridges(slice);
      else
        return 0;
    }
    [[nodiscard]] Token bridge([[maybe_unused]] std::span<const Token> question,
                               [[maybe_unused]] Index hop) const override {
      if constexpr (HasBridges<T>)
        return task.bridge(question, hop);
      else
        throw Error(concat(task.name(), " has no bridges"));
    }
    T task;
  };

  std::shared_ptr<const Interface> task_;
};

static_assert(Task<AnyTask>);

}  // namespace looplab::lab
