// SPDX-License-Identifier: MIT
//
// One of the three products with a weight W [k, n], with random factors and the expected result.
//
//   forward            Y  = X W           X [rows, k]
//   input_gradient     dX = dY W^T        dY [rows, n]
//   weight_gradient    dW += X^T dY
#pragma once

#include <vector>

#include "bench/case.hpp"
#include "looplab/kernels/bfloat16.hpp"
#include "looplab/kernels/product_choice.hpp"

namespace looplab_bench {

using kernels::Bfloat16;
using kernels::ProductOperation;
using kernels::ComputeType;

struct ProductProblem {
  ProductOperation operation;
  ComputeType type;
  Index rows, k, n;
  Tensor<float> x, w, grad_y;
  Tensor<float> result;                                         // Y, dX or dW
  AlignedArray<Bfloat16> rounded_x, rounded_w, rounded_grad_y;  // with bfloat16, else null

  /// `shape` is rows, k, n.
  ProductProblem(ProductOperation op, ComputeType product_type, const ShapeRow& shape)
      : operation(op),
        type(product_type),
        rows(shape[0]),
        k(shape[1]),
        n(shape[2]),
        x(random_tensor<float>({rows, k}, "x")),
        w(random_tensor<float>({k, n}, "w")),
        grad_y(random_tensor<float>({rows, n}, "grad_y")),
        result(op == ProductOperation::forward          ? Shape{rows, n}
               : op == ProductOperation::input_gradient ? Shape{rows, k}
                                                        : Shape{k, n}) {
    if (type == ComputeType::float32) return;
    rounded_x = rounded(x);
    rounded_w = rounded(w);
    rounded_grad_y = rounded(grad_y);
  }

  [[nodiscard]] double flop() const { return 2.0 * static_cast<double>(rows * k * n); }

  /// Error of `result` after one product, in units of the tolerance.
  [[nodiscard]] double error() {
    if (expected_.empty()) expected_ = product_in_double();
    return error_of(result, expected_, looplab_test::tolerance<float>(depth()),
                    std::sqrt(static_cast<double>(depth())));
  }

 private:
  static AlignedArray<Bfloat16> rounded(const Tensor<float>& from) {
    auto to = allocate_aligned<Bfloat16>(from.size());
    kernels::round_to_bfloat16(from.data(), to.get(), from.size());
    return to;
  }

  /// Terms of each sum.
  [[nodiscard]] Index depth() const {
    return operation == ProductOperation::forward          ? k
           : operation == ProductOperation::input_gradient ? n
                                                           : rows;
  }
  /// The elements of a factor as they enter the product, [from.rows, from.cols] or transposed.
  [[nodiscard]] std::vector<double> factor(const Tensor<float>& from, bool transposed) const {
    std::vector<double> values;
    const Index outer = transposed ? from.cols() : from.rows();
    for (Index i = 0; i < outer; ++i)
      for (Index j = 0; j < from.size() / outer; ++j) {
        const float value = from[transposed ? j * outer + i : i * from.cols() + j];
        values.push_back(type == ComputeType::float32 ? value
                                                      : to_float(kernels::to_bfloat16(value)));
      }
    return values;
  }
  /// By plain loops.
  [[nodiscard]] std::vector<double> product_in_double() const {
    const bool forward = operation == ProductOperation::forward;
    const bool by_weight = operation == ProductOperation::weight_gradient;
    const std::vector<double> a = factor(forward || by_weight ? x : grad_y, by_weight);
    const std::vector<double> b = factor(by_weight ? grad_y : w, !forward && !by_weight);
    const auto cols = static_cast<std::size_t>(result.cols());
    const auto terms = static_cast<std::size_t>(depth());
    std::vector<double> product(static_cast<std::size_t>(result.size()), 0.0);
    for (std::size_t i = 0; i < a.size() / terms; ++i)
      for (std::size_t l = 0; l < terms; ++l)
        for (std::size_t j = 0; j < cols; ++j)
          product[i * cols + j] += a[i * terms + l] * b[l * cols + j];
    return product;
  }

  std::vector<double> expected_;
};

}  // namespace looplab_bench
