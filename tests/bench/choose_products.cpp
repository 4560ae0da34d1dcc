// SPDX-License-Identifier: MIT
//
// Times every implementation of the products with weights and writes the rules that select one.
//
//   choose_products [--smoke] [--write include/looplab/kernels/product_choice.hpp]
//
// For each shape of shapes/products.txt the candidates are timed in turn; each must first agree
// with plain loops in double. The output is medians in GFLOP/s. A candidate gets a rule if it is
// faster than the default route by more than kMargin in three quarters of the rounds; neighbouring
// shapes of one k and one route become one rule. --write replaces this instruction set's rules in
// the header and keeps the others'. Pin the program to one idle core. --smoke: one round, nothing
// written.
#include <Eigen/Core>

#include <algorithm>
#include <fstream>
#include <functional>
#include <iomanip>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bench/product_problem.hpp"
#include "looplab/core/config.hpp"
#include "looplab/kernels/matmul.hpp"
#include "looplab/kernels/panel_product.hpp"

#ifndef LOOPLAB_BENCH_SHAPES
#define LOOPLAB_BENCH_SHAPES "shapes"
#endif

namespace {

using namespace looplab_bench;
using kernels::ProductRoute;

constexpr double kMargin = 1.03;
constexpr double kBatchSeconds = 1e-3;
constexpr Index kChunkRows = 256;  // shapes of other heights are skipped

// ---- the candidates

/// A way to compute a problem's product, without the work done once per weight or per tensor.
struct Candidate {
  ProductRoute route;
  std::function<void()> run;
};

bool is_forward(const ProductProblem& p) { return p.operation == ProductOperation::forward; }
bool is_weight_gradient(const ProductProblem& p) {
  return p.operation == ProductOperation::weight_gradient;
}

#if LOOPLAB_WITH_ONEDNN
template <class E>
Candidate packed(ProductProblem& p, const E* x, const E* grad_y) {
  auto matrix = std::make_shared<kernels::onednn::PackedMatrix<E>>();
  const bool forward = is_forward(p);
  matrix->pack(p.w.data(), forward ? p.k : p.n, forward ? p.n : p.k, !forward);
  return {ProductRoute::packed, [&p, matrix, from = forward ? x : grad_y] {
            matrix->multiply(from, p.rows, p.result.data(), false);
          }};
}

Candidate plain(ProductProblem& p) {
  return {ProductRoute::plain, [&p] {
            using kernels::onednn::sgemm;
            const float *x = p.x.data(), *w = p.w.data(), *grad_y = p.grad_y.data();
            float* y = p.result.data();
            if (is_weight_gradient(p))
              sgemm(true, false, p.k, p.n, p.rows, x, grad_y, y, true);
            else if (is_forward(p))
              sgemm(false, false, p.rows, p.n, p.k, x, w, y, false);
            else
              sgemm(false, true, p.rows, p.k, p.n, grad_y, w, y, false);
          }};
}

Candidate plain_bfloat16(ProductProblem& p) {
  namespace dnn = kernels::onednn::detail;
  const Bfloat16 *x = p.rounded_x.get(), *w = p.rounded_w.get(), *grad_y = p.rounded_grad_y.get();
  if (is_weight_gradient(p))
    return {ProductRoute::plain, [&p, x, grad_y] {
              kernels::weight_gradient(x, grad_y, p.rows, p.k, p.n, p.result.data(), true);
            }};
  const bool forward = is_forward(p);
  const Index depth = forward ? p.k : p.n, cols = forward ? p.n : p.k;
  auto product = std::make_shared<dnn::Product>(dnn::plain<Bfloat16>(p.rows, depth),
                                                dnn::plain<Bfloat16>(depth, cols, !forward),
                                                dnn::plain<float>(p.rows, cols), false);
  return {ProductRoute::plain, [&p, product, w, from = forward ? x : grad_y] {
            const SingleThreadScope single_thread;
            (*product)(from, w, p.result.data());
          }};
}
#endif

Candidate eigen(ProductProblem& p) {
  using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  using Map = Eigen::Map<Matrix>;
  return {ProductRoute::eigen, [&p] {
            const Map x(p.x.data(), p.rows, p.k), w(p.w.data(), p.k, p.n);
            const Map grad_y(p.grad_y.data(), p.rows, p.n);
            Map y(p.result.data(), p.result.rows(), p.result.cols());
            if (is_weight_gradient(p))
              y.noalias() += x.transpose() * grad_y;
            else if (is_forward(p))
              y.noalias() = x * w;
            else
              y.noalias() = grad_y * w.transpose();
          }};
}

/// With kernels/panel_product.hpp.
Candidate tiles(ProductProblem& p) {
  if (is_weight_gradient(p))
    return {ProductRoute::tiles, [&p] {
              kernels::add_weight_gradient(p.x.data(), p.grad_y.data(), p.rows, p.k, p.n,
                                           p.result.data());
            }};
  auto matrix = std::make_shared<kernels::PanelMatrix<float>>();
  const bool forward = is_forward(p);
  matrix->pack(p.w.data(), forward ? p.k : p.n, forward ? p.n : p.k, !forward);
  return {ProductRoute::tiles, [&p, matrix, from = (forward ? p.x : p.grad_y).data()] {
            matrix->multiply(from, p.rows, p.result.data(), false);
          }};
}

/// All candidates available here, the default route first.
std::vector<Candidate> candidates(ProductProblem& p) {
  std::vector<Candidate> list;
  const bool single = p.type == ComputeType::float32;
#if LOOPLAB_WITH_ONEDNN
  if (!is_weight_gradient(p))
    list.push_back(single ? packed<float>(p, p.x.data(), p.grad_y.data())
                          : packed<Bfloat16>(p, p.rounded_x.get(), p.rounded_grad_y.get()));
  list.push_back(single ? plain(p) : plain_bfloat16(p));
#endif
  if (single) list.push_back(eigen(p));
  if (single && kernels::fits_tiles<float>(p.result.rows(), p.result.cols()))
    list.push_back(tiles(p));
  return list;
}

// ---- the choice

/// Seconds per call of every candidate in every round, in turn.
std::vector<std::vector<double>> seconds_in_turn(const std::vector<Candidate>& list, int rounds) {
  std::vector<std::vector<double>> seconds(list.size());
  std::vector<Index> calls(list.size(), 1);
  for (int round = -2; round < rounds; ++round)  // two more, to count calls and warm up
    for (std::size_t c = 0; c < list.size(); ++c) {
      const double begin = thread_seconds();
      for (Index call = 0; call < calls[c]; ++call) list[c].run();
      const double each = (thread_seconds() - begin) / static_cast<double>(calls[c]);
      if (round < 0)
        calls[c] = std::max<Index>(1, static_cast<Index>(kBatchSeconds / each));
      else
        seconds[c].push_back(each);
    }
  return seconds;
}

/// The smallest factor by which `b` was faster than `a` in three quarters of the rounds.
double quartile_of_gain(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> gain(a.size());
  std::ranges::transform(a, b, gain.begin(), std::divides<>());
  std::ranges::sort(gain);
  return gain[gain.size() / 4];
}

/// The route for one shape, and its speed relative to the default.
struct Choice {
  ProductOperation operation;
  ComputeType type;
  Index k, n;
  ProductRoute route, default_route;
  double gain = 1;
};

/// Checks and times all candidates of a problem and prints their row of the table.
/// \throws NumericsError if one computes something else
Choice choose(ProductProblem& p, int rounds) {
  const std::vector<Candidate> list = candidates(p);
  for (const Candidate& candidate : list) {
    p.result.fill(0);
    candidate.run();
    require<NumericsError>(p.error() <= 1, "choose_products: ", to_text(p.operation), " ", p.rows,
                           "x", p.k, "x", p.n, " by ", to_text(candidate.route),
                           " is wrong: ", p.error(), " times the error allowed");
  }
  const auto seconds = seconds_in_turn(list, rounds);
  const ProductRoute first = list[0].route;
  Choice choice{p.operation, p.type, p.k, p.n, first, first};
  std::cout << std::left << std::setw(9) << to_text(p.type) << std::setw(16) << to_text(p.operation)
            << std::right << std::setw(5) << p.k << std::setw(5) << p.n;
  for (std::size_t c = 0; c < list.size(); ++c) {
    const double gain = quartile_of_gain(seconds[0], seconds[c]);
    std::cout << "  " << to_text(list[c].route) << ' ' << std::fixed << std::setprecision(1)
              << 1e-9 * p.flop() / spread_of(seconds[c]).median;
    if (gain > kMargin && gain > choice.gain) {
      choice.route = list[c].route;
      choice.gain = gain;
    }
  }
  if (choice.route != first) std::cout << "  -> " << to_text(choice.route);
  std::cout << std::endl;
  return choice;
}

/// Rules as lines of the header, from choices in the order of operation, type, k and n.
std::vector<std::string> rule_lines(const std::vector<Choice>& choices) {
  std::vector<std::string> lines;
  const auto together = [](const Choice& a, const Choice& b) {
    return a.operation == b.operation && a.type == b.type && a.k == b.k && a.route == b.route;
  };
  for (auto first = choices.begin(); first != choices.end();) {
    const auto end =
        std::find_if(first, choices.end(), [&](const Choice& c) { return !together(*first, c); });
    const auto weakest = std::min_element(
        first, end, [](const Choice& a, const Choice& b) { return a.gain < b.gain; });
    if (first->route != first->default_route)
      lines.push_back(concat("    {", to_text(first->operation), ", ", to_text(first->type), ", ",
                             to_text(kernels::kInstructionSet), ", ", first->k, ", ", first->k,
                             ", ", first->n, ", ", std::prev(end)->n, ", ", to_text(first->route),
                             "},  // ", std::fixed, std::setprecision(2), weakest->gain, " times ",
                             to_text(first->default_route), " or more"));
    first = end;
  }
  return lines;
}

/// Replaces this instruction set's rules by `rules`. \throws FileError
void write_rules(const std::string& header, const std::vector<std::string>& rules) {
  require<FileError>(LOOPLAB_WITH_ONEDNN, header, ": left alone, rules compare with oneDNN, which ",
                     "this program was built without");
  std::ifstream in(header);
  require<FileError>(in.is_open(), header, ": cannot be read");
  std::string text;
  bool inside = false, found = false;
  for (std::string line; std::getline(in, line);) {
    if (line.find("choose_products: end") != std::string::npos) {
      inside = false;
      for (const std::string& rule : rules) text += rule + '\n';
    }
    const std::string set = concat(", ", to_text(kernels::kInstructionSet), ", ");
    if (!inside || line.find(set) == std::string::npos) text += line + '\n';
    if (line.find("choose_products: begin") != std::string::npos) inside = found = true;
  }
  require<FileError>(found && !inside, header, ": has no lines choose_products: begin and end");
  std::ofstream out(header);
  require<FileError>(static_cast<bool>(out << text << std::flush), header, ": cannot be written");
}

void run(bool smoke, const std::string& header) {
  std::vector<ShapeRow> shapes =
      read_shapes(std::filesystem::path(LOOPLAB_BENCH_SHAPES) / "products.txt", "rows k n");
  std::erase_if(shapes, [](const ShapeRow& shape) { return shape[0] != kChunkRows; });
  std::ranges::sort(shapes);
  std::vector<Choice> choices;
  std::cout << kernels::backend_name() << ", " << to_text(kernels::kInstructionSet)
            << "; medians in GFLOP/s\n";
  for (ComputeType type : {ComputeType::float32, ComputeType::bfloat16})
    for (ProductOperation operation : {ProductOperation::forward, ProductOperation::input_gradient,
                                       ProductOperation::weight_gradient})
      for (const ShapeRow& shape : shapes) {
        if (type == ComputeType::bfloat16 && !kernels::has_bfloat16_products()) continue;
        ProductProblem problem(operation, type, shape);
        choices.push_back(choose(problem, smoke ? 1 : 21));
      }
  const std::vector<std::string> rules = rule_lines(choices);
  std::cout << "\nrules:\n";
  for (const std::string& rule : rules) std::cout << rule << '\n';
  if (!header.empty() && !smoke) write_rules(header, rules);
}

}  // namespace

int main(int argc, char** argv) {
  bool smoke = false;
  std::string header;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--smoke") {
      smoke = true;
    } else if (argument == "--write" && i + 1 < argc) {
      header = argv[++i];
    } else {
      std::cerr << "usage: choose_products [--smoke] [--write FILE]\n";
      return 2;
    }
  }
  try {
    run(smoke, header);
  } catch (const Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
