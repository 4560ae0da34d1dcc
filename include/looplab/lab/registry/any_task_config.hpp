// SPDX-License-Identifier: MIT
//
// The configuration of a task of any kind behind one type: what a configuration file says in [task].
//
//   [task]
//   kind = parity        Parity::kName chooses the class
//   length = 9           fields of the struct that Parity::config() returns
#pragma once

#include <concepts>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "looplab/io/config_json.hpp"
#include "looplab/lab/config/options.hpp"
#include "looplab/lab/registry/any_task.hpp"
#include "looplab/lab/registry/polymorphic.hpp"

namespace looplab::lab {

/// The type of a task's configuration.
template <class T>
using TaskConfigOf = std::remove_cvref_t<decltype(std::declval<const T&>().config())>;

/// A task that a configuration file can name:
///
///   kName, kHelp   static constexpr std::string_view: the name, and one line for `looplab tasks`
///   config()       the configuration, a described struct (core/config.hpp) with defaults
///   T(config)      checks the configuration and throws ConfigError where it is not valid
///
/// and, if its results are not to be mixed up with those of an earlier form of its code,
/// `static constexpr int kVersion`, which becomes part of the names of runs.
template <class T>
concept NamedTask = Task<T> && requires(const T& task) {
  { T::kName } -> std::convertible_to<std::string_view>;
  { T::kHelp } -> std::convertible_to<std::string_view>;
  task.config();
} && DescribedConfig<TaskConfigOf<T>> && std::default_initializable<TaskConfigOf<T>> &&
    std::constructible_from<T, TaskConfigOf<T>>;

/// A value: copies share nothing.
class AnyTaskConfig {
 public:
  /// The configuration of a task of type T.
  template <NamedTask T>
  [[nodiscard]] static AnyTaskConfig of(TaskConfigOf<T> config = {}) {
    return AnyTaskConfig(Polymorphic<Interface>(Model<T>(std::move(config))));
  }

  /// Whether the task is of type T.
  template <NamedTask T>
  [[nodiscard]] bool is() const {
    return dynamic_cast<const Model<T>*>(&*self_) != nullptr;
  }
  /// The struct itself. \throws Error if the task is of another type
  template <NamedTask T>
  [[nodiscard]] const TaskConfigOf<T>& as() const {
    const auto* model = dynamic_cast<const Model<T>*>(&*self_);
    require<Error>(model != nullptr, "the task is ", self_->kind(), ", not ", T::kName);
    return model->config;
  }

  /// The name of the task, as `task.kind` gives it.
  [[nodiscard]] friend std::string task_kind(const AnyTaskConfig& config) {
    return std::string(config.self_->kind());
  }
  /// One line about the task.
  [[nodiscard]] std::string help() const { return std::string(self_->help()); }
  /// The task. \throws ConfigError if the configuration is not valid, and as the task
  [[nodiscard]] friend AnyTask make_task(const AnyTaskConfig& config) {
    return config.self_->make();
  }
  /// The task, whose own configuration replaces this one: a task may fill in fields, as `recorded`
  /// does with the checksum of its files. \throws as make_task; the configuration then stays
  AnyTask resolve() { return self_->resolve(); }

  /// Adds the fields as keys "task.field". Refers to this object, which has to stay where it is.
  void add_to(OptionSet& options) { self_->add_to(options); }
  /// What the fields belong to: the kind, and the version of a task that declares one.
  [[nodiscard]] nlohmann::ordered_json kind_json() const {
    nlohmann::ordered_json json{{"kind", self_->kind()}};
    if (self_->has_version()) json["version"] = self_->version();
    return json;
  }
  /// The same and all fields.
  [[nodiscard]] friend nlohmann::ordered_json to_json(const AnyTaskConfig& config) {
    nlohmann::ordered_json json = config.kind_json();
    json.update(config.self_->fields());
    return json;
  }

  /// Positions of a window. The task is constructed only if its configuration does not determine
  /// them.
  [[nodiscard]] Index sequence_length() const { return self_->sequence_length(); }
  /// Mean exposures per person in so many training windows; 0 for tasks without biographies.
  [[nodiscard]] double exposures(Index windows) const { return self_->exposures(windows); }

 private:
  struct Interface {
    virtual ~Interface() = default;
    [[nodiscard]] virtual std::string_view kind() const = 0;
    [[nodiscard]] virtual std::string_view help() const = 0;
    [[nodiscard]] virtual bool has_version() const = 0;
    [[nodiscard]] virtual int version() const = 0;
    [[nodiscard]] virtual AnyTask make() const = 0;
    [[nodiscard]] virtual AnyTask resolve() = 0;
    virtual void add_to(OptionSet& options) = 0;
    [[nodiscard]] virtual nlohmann::ordered_json fields() const = 0;
    [[nodiscard]] virtual Index sequence_length() const = 0;
    [[nodiscard]] virtual double exposures(Index windows) const = 0;
  };

  template <class T>
  struct Model final : Interface {
    explicit Model(TaskConfigOf<T> given) : config(std::move(given)) {}
    [[nodiscard]] std::string_view kind() const override { return T::kName; }
    [[nodiscard]] std::string_view help() const override { return T::kHelp; }
    [[nodiscard]] bool has_version() const override { return HasVersion<T>; }
    [[nodiscard]] int version() const override {
      if constexpr (HasVersion<T>)
        return T::kVersion;
      else
        return 0;
    }
    [[nodiscard]] AnyTask make() const override { return AnyTask(T(config)); }
    [[nodiscard]] AnyTask resolve() override {
      T task(config);
      config = task.config();
      return AnyTask(std::move(task));
    }
    void add_to(OptionSet& options) override { options.add("task", config); }
    [[nodiscard]] nlohmann::ordered_json fields() const override {
      return looplab::to_json(config);
    }
    [[nodiscard]] Index sequence_length() const override {
      if constexpr (requires { config.sequence_length(); })
        return config.sequence_length();
      else if constexpr (requires { Index{config.sequence_length}; })
        return config.sequence_length;
      else
        return T(config).sequence_length();
    }
    [[nodiscard]] double exposures([[maybe_unused]] Index windows) const override {
      if constexpr (requires { config.biographies_per_window, config.num_people; })
        return static_cast<double>(windows * config.biographies_per_window) /
               static_cast<double>(config.num_people);
      else
        return 0;
    }
    TaskConfigOf<T> config;
  };

  explicit AnyTaskConfig(Polymorphic<Interface> self) : self_(std::move(self)) {}
  Polymorphic<Interface> self_;
};

}  // namespace looplab::lab
