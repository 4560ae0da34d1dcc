// SPDX-License-Identifier: MIT
//
// Linear probe of hidden states: ridge regression on one-hot labels, evaluated on rows that it was
// not fitted to, with two controls.
//
//   W = (X'X + ridge n I)^-1 X'Y,     X [n, D+1] states, centred and with a 1; Y [n, C] one-hot
//
// The solution is in closed form: the ridge is the only hyperparameter and nothing is random. The
// controls are the majority class and the same fit to shuffled labels, which shows how much a map
// with this number of parameters overfits. Probe the input as well: where its accuracy is as high
// as that of a loop's state, the loop has added nothing.
// Source of the controls: Hewitt & Liang 2019, arXiv:1909.03368.
#pragma once

#include <Eigen/Cholesky>

#include <algorithm>
#include <span>
#include <vector>

#include "looplab/core/random.hpp"
#include "looplab/core/tensor.hpp"

namespace looplab {

/// States [N, D] and the label of each row, a class 0 ... C-1.
template <Real S>
struct ProbeRows {
  TensorView<const S> states;
  std::span<const Token> labels;
};

/// Fraction of rows classified correctly.
struct ProbeResult {
  double accuracy = 0;
  double commonest = 0;  // by the majority class of the fitted rows
  double shuffled = 0;   // by the map fitted to shuffled labels
};

namespace detail {

using ProbeMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// States in double, minus `mean`, with a 1 appended.
template <Real S>
[[nodiscard]] ProbeMatrix probe_inputs(TensorView<const S> states, const Eigen::VectorXd& mean) {
  const Index N = states.rows(), D = states.cols();
  ProbeMatrix x(N, D + 1);
  for (Index n = 0; n < N; ++n) {
    for (Index d = 0; d < D; ++d) x(n, d) = static_cast<double>(states.data()[n * D + d]) - mean(d);
    x(n, D) = 1;
  }
  return x;
}

[[nodiscard]] inline double share_right(const ProbeMatrix& scores, std::span<const Token> labels) {
  Index right = 0;
  for (Index n = 0; n < scores.rows(); ++n) {
    Index best = 0;
    scores.row(n).maxCoeff(&best);
    right += best == labels[static_cast<std::size_t>(n)];
  }
  return static_cast<double>(right) / static_cast<double>(scores.rows());
}

}  // namespace detail

/// Fits to `fit` and evaluates on `judge`. `seed` shuffles the labels of the control.
/// \throws ShapeError if sizes do not match; ConfigError if a label is not among the classes
template <Real S>
[[nodiscard]] ProbeResult fit_probe(const ProbeRows<S>& fit, const ProbeRows<S>& judge,
                                    Index num_classes, double ridge = 1e-3, Seed seed = {}) {
  for (const ProbeRows<S>* rows : {&fit, &judge}) {
    require<ShapeError>(rows->states.rows() == std::ssize(rows->labels) && !rows->labels.empty() &&
                            rows->states.cols() == fit.states.cols(),
                        "fit_probe: states ", rows->states.shape(), " and ", rows->labels.size(),
                        " labels, expected as many rows as labels, 1 or more, of width ",
                        fit.states.cols());
    for (Token label : rows->labels)
      require<ConfigError>(label >= 0 && label < num_classes, "fit_probe: label ", label,
                           ", expected 0 ... ", num_classes - 1);
  }
  const Index D = fit.states.cols(), N = fit.states.rows();
  Eigen::VectorXd mean = Eigen::VectorXd::Zero(D);
  for (Index n = 0; n < N; ++n)
    for (Index d = 0; d < D; ++d)
      mean(d) += static_cast<double>(fit.states.data()[n * D + d]) / static_cast<double>(N);
  const detail::ProbeMatrix x = detail::probe_inputs(fit.states, mean),
                            judged = detail::probe_inputs(judge.states, mean);
  detail::ProbeMatrix gram = x.transpose() * x;
  gram.diagonal().head(D).array() += ridge * static_cast<double>(N);
  const Eigen::LDLT<detail::ProbeMatrix> solver(gram);

  std::vector<Token> labels(fit.labels.begin(), fit.labels.end());
  const auto accuracy = [&] {
    detail::ProbeMatrix y = detail::ProbeMatrix::Zero(N, num_classes);
    for (Index n = 0; n < N; ++n) y(n, labels[static_cast<std::size_t>(n)]) = 1;
    return detail::share_right(judged * solver.solve(x.transpose() * y), judge.labels);
  };
  ProbeResult result{.accuracy = accuracy()};
  std::vector<Index> counts(static_cast<std::size_t>(num_classes), 0);
  for (Token label : labels) ++counts[static_cast<std::size_t>(label)];
  const auto commonest = static_cast<Token>(std::ranges::max_element(counts) - counts.begin());
  result.commonest = static_cast<double>(std::ranges::count(judge.labels, commonest)) /
                     static_cast<double>(judge.labels.size());
  RandomStream stream(seed, "probe/shuffled labels");
  stream.shuffle(std::span(labels));
  result.shuffled = accuracy();
  return result;
}

}  // namespace looplab
