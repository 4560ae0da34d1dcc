// SPDX-License-Identifier: MIT
//
// Lesson 140: a task, a model, an objective and an exit rule of your own in the program `looplab`.
//
// You learn: each of the four is a struct of less than 40 lines. A program that names them in its
//   `main` has all subcommands of looplab for them: train, evaluate, run (claims and sweeps), exits,
//   trace, ..., with their keys in configuration files, their names and versions in the results.
// You need:  lessons 070, 080, 110; Boost, for looplab::lab.
// Expected output: without arguments the lesson sweeps 140_sweep/claim.ini, two weights of the
//   objective, and writes a report; accuracy is at least 0.9 at both. With arguments it is looplab:
//
//   140_extend_the_lab train --task.kind=running_sum --model.kind=reinjected --objective.kind=agreement
//   140_extend_the_lab exits RUN --rules=entropy
#include <filesystem>
#include <iostream>
#include <looplab/lab/commands/own_program.hpp>
#include <looplab/looplab.hpp>

using namespace looplab;

namespace {

// The task: the sum of all digits so far, modulo `modulus`.
//
//   tokens    3  1  4  1          modulus 5
//   targets   3  4  3  4
struct RunningSum {
  static constexpr std::string_view kName = "running_sum", kHelp = "sums of digits, modulo a number";
  struct Config {
    Index modulus = 5, length = 8;
    static void for_each_field(auto& self, auto&& visit) {
      visit(Field{"modulus", "number of digits, and of sums", 2, 100}, self.modulus);
      visit(Field{"length", "digits in a window", 1, 1000}, self.length);
    }
  };
  Config settings;
  explicit RunningSum(const Config& config = {}) : settings(config) {}

  const Config& config() const { return settings; }
  std::string name() const { return std::string(kName); }
  Index vocab_size() const { return settings.modulus; }
  Index sequence_length() const { return settings.length; }
  Index num_slices() const { return 1; }
  std::string slice_name(Index) const { return "sum"; }
  std::string token_name(Token token) const { return std::to_string(token); }
  Index num_evaluation_sequences() const { return 500; }

  void sample(Seed seed, Split split, Index index, Window window) const {
    RandomStream stream(seed, concat("running_sum/", to_text(split)),
                        static_cast<std::uint64_t>(index));
    Index sum = 0;
    for (std::size_t t = 0; t < window.tokens.size(); ++t) {
      const Index digit = stream.below(settings.modulus);
      sum = (sum + digit) % settings.modulus;
      window.tokens[t] = static_cast<Token>(digit);
      window.targets[t] = static_cast<Token>(sum);
      window.slices[t] = 0;
    }
  }
};

// The model: one layer, looped, that is shown the input again before every loop, through a gate:
//
//   h <- Block(h + sigmoid(h G) * (e I)),    e the embedded tokens, h = e before the first loop
struct Reinjected {
  static constexpr std::string_view kName = "reinjected";
  static constexpr int kVersion = 1;
  using Scalar = float;
  struct Config {
    Index vocab_size = 0, d_model = 32, num_loops = 4;
    static void for_each_field(auto& self, auto&& visit) {
      visit(Field{"vocab_size", "number of tokens; 0: the task's", 0, 1e6}, self.vocab_size);
      visit(Field{"d_model", "width, a multiple of 16", 16, 4096}, self.d_model);
      visit(Field{"num_loops", "number of loops", 1, 64}, self.num_loops);
    }
  };
  Config config;
  Embedding<float> tokens;
  TransformerBlock<float> block;
  Linear<float> gate, inject, out;

  Reinjected(const Config& c, Seed seed)
      : config(c),
        tokens(c.vocab_size, c.d_model),
        block({.d_model = c.d_model}),
        gate(c.d_model, c.d_model, true),
        inject(c.d_model, c.d_model, false),
        out(c.d_model, c.vocab_size, false) {
    initialize(*this, seed);
  }
  static void for_each_parameter(auto& self, const std::string& prefix, auto&& visit) {
    Embedding<float>::for_each_parameter(self.tokens, prefix + "tokens.", visit);
    TransformerBlock<float>::for_each_parameter(self.block, prefix + "block.", visit);
    Linear<float>::for_each_parameter(self.gate, prefix + "gate.", visit);
    Linear<float>::for_each_parameter(self.inject, prefix + "inject.", visit);
    Linear<float>::for_each_parameter(self.out, prefix + "out.", visit);
  }
};

}  // namespace
