// SPDX-License-Identifier: MIT
//
// Bits of knowledge in a model, from its losses on biographies.
//
//   bio_d:  N log2(N0 / e^p1) + N K log2(D^C / e^p2) + K D log2(T^L / (D e^p3))
//   bio_s:  N log2(N0 / e^p1) + N log2(S0 / e^p2)
//
// p1, p2, p3: losses in nats, summed over the tokens of a name, of a value and of a value's first
// chunk, then averaged over people (p2 and p3 of bio_d over attributes too). A model that knows
// everything has p1 = ln N and p2 = p3 = 0. The knowledge about names is which N of the N0 names
// exist, so p1 cannot be below ln N.
//
// Source: Allen-Zhu & Li 2024, arXiv:2404.05405, the definitions of capacity of bioS and bioD.
//         (arXiv:2510.25741, definition 1, misprints them: S0 e^p2 for S0 / e^p2, N0 N for N0 / N.)
// `Space`: any struct with the members num_people (N), log2_names (log2 N0), log2_values (of one
//         person: K C log2 D, or log2 S0), num_attributes (K), num_chunks (C), diversity (D; 0 for
//         bio_s) and log2_strings (log2 T^L), as `Biographies::knowledge_space()` returns.
#pragma once

#include <cmath>
#include <numbers>

#include "looplab/core/tensor.hpp"

namespace looplab {

/// p1, p2, p3 of the file comment, in nats. bio_s has no p3.
struct KnowledgeLosses {
  double p1 = 0, p2 = 0, p3 = 0;
};

/// Losses of a model that knows everything.
template <class Space>
[[nodiscard]] KnowledgeLosses perfect_losses(const Space& space) {
  return {std::log(static_cast<double>(space.num_people)), 0, 0};
}

/// p1, p2, p3 from the losses summed over one biography of each person: of name tokens, of the
/// first chunk of values and of the other chunks.
template <class Space>
[[nodiscard]] KnowledgeLosses knowledge_losses(const Space& space, double name_nll,
                                               double first_chunk_nll, double value_nll) {
  const auto people = static_cast<double>(space.num_people);
  const double value = first_chunk_nll + value_nll;
  if (space.diversity == 0) return {name_nll / people, value / people, 0};
  const double values = people * static_cast<double>(space.num_attributes);
  return {name_nll / people, value / values, first_chunk_nll / values};
}

/// \throws NumericsError if the losses are not finite or below the possible minimum.
template <class Space>
void check_losses(const Space& space, const KnowledgeLosses& losses) {
  constexpr double kRounding = 1e-4;  // tolerance for sums of a few float losses, in nats
  const double least = perfect_losses(space).p1;
  const auto& [p1, p2, p3] = losses;
  require<NumericsError>(std::isfinite(p1) && std::isfinite(p2) && std::isfinite(p3),
                         "bits of knowledge: losses ", p1, ", ", p2, ", ", p3, " are not finite");
  require<NumericsError>(p1 >= least - kRounding, "bits of knowledge: the loss of names is ", p1,
                         " nats, less than ln N = ", least,
                         ", which must be a bug or not one biography of everyone");
  require<NumericsError>(p2 >= -kRounding && p3 >= -kRounding,
                         "bits of knowledge: losses of values are ", p2, " and ", p3,
                         ", expected 0 or more");
}

/// Bits by the formula of bio_d. \throws NumericsError as `check_losses`.
template <class Space>
[[nodiscard]] double biod_bits(const Space& space, const KnowledgeLosses& losses) {
  check_losses(space, losses);
  constexpr double kBits = std::numbers::log2e;  // per nat
  const auto n = static_cast<double>(space.num_people);
  const auto k = static_cast<double>(space.num_attributes);
  const auto c = static_cast<double>(space.num_chunks);
  const auto d = static_cast<double>(space.diversity);
  return n * (space.log2_names - losses.p1 * kBits) +
         n * k * (c * std::log2(d) - losses.p2 * kBits) +
         k * d * (space.log2_strings - std::log2(d) - losses.p3 * kBits);
}

/// Bits by the formula of bio_s. \throws NumericsError as `check_losses`.
template <class Space>
[[nodiscard]] double bios_bits(const Space& space, const KnowledgeLosses& losses) {
  check_losses(space, losses);
  constexpr double kBits = std::numbers::log2e;
  const auto n = static_cast<double>(space.num_people);
  return n * (space.log2_names - losses.p1 * kBits) + n * (space.log2_values - losses.p2 * kBits);
}

/// Bits by the formula of the space's form. Divided by the number of trainable parameters (counting
/// only the used rows of the embedding) they give bits per parameter, about 2 at most.
template <class Space>
[[nodiscard]] double knowledge_bits(const Space& space, const KnowledgeLosses& losses) {
  return space.diversity == 0 ? bios_bits(space, losses) : biod_bits(space, losses);
}

/// Bits of all knowledge in the data: those of a model that knows everything.
template <class Space>
[[nodiscard]] double max_knowledge_bits(const Space& space) {
  return knowledge_bits(space, perfect_losses(space));
}

/// Bits of knowledge per trainable parameter.
template <class Space>
[[nodiscard]] double bits_per_parameter(const Space& space, const KnowledgeLosses& losses,
                                        Index num_parameters) {
  require<ConfigError>(num_parameters > 0, "bits_per_parameter: num_parameters is ", num_parameters,
                       ", expected 1 or more");
  return knowledge_bits(space, losses) / static_cast<double>(num_parameters);
}

}  // namespace looplab
