// SPDX-License-Identifier: MIT
//
// Products with weights as the library computes them, with weights prepared beforehand.
//
// With bfloat16 the time includes rounding of new inputs: x in the forward pass, grad_y in the
// input gradient. For the weight gradient both are already rounded.
#pragma once

#include "bench/product_problem.hpp"
#include "looplab/core/config.hpp"
#include "looplab/kernels/matmul.hpp"

namespace looplab_bench {

class Product : public Case {
 public:
  Product(const ShapeRow& shape, ProductOperation operation, ComputeType type)
      : problem_(operation, type, shape) {
    weight_.prepare(problem_.w.data(), problem_.k, problem_.n, type);
    work = {.flop = problem_.flop(), .type = type};
  }

  void run() override {
    ProductProblem& p = problem_;
    switch (p.operation) {
      case ProductOperation::forward:
        return multiply(p.x, p.rounded_x.get(), kernels::Layout::plain);
      case ProductOperation::input_gradient:
        return multiply(p.grad_y, p.rounded_grad_y.get(), kernels::Layout::transposed);
      case ProductOperation::weight_gradient:
        if (p.type == ComputeType::float32)
          kernels::gemm(kernels::Layout::transposed, kernels::Layout::plain, p.k, p.n, p.rows,
                        p.x.data(), p.grad_y.data(), p.result.data(), true);
        else
          kernels::weight_gradient(p.rounded_x.get(), p.rounded_grad_y.get(), p.rows, p.k, p.n,
                                   p.result.data(), true);
    }
  }
  double error() override { return problem_.error(); }

 private:
  void multiply(const Tensor<float>& x, Bfloat16* rounded, kernels::Layout stored) {
    ProductProblem& p = problem_;
    if (p.type == ComputeType::float32) {
      weight_.multiply(x.data(), p.rows, p.w.data(), p.k, p.n, stored, p.result.data(), false);
    } else {
      kernels::round_to_bfloat16(x.data(), rounded, x.size());
      weight_.multiply(rounded, p.rows, stored, p.result.data(), false);
    }
  }

  ProductProblem problem_;
  kernels::PreparedWeight<float> weight_;
};

inline void add_products(Cases& cases) {
  for (ComputeType type : {ComputeType::float32, ComputeType::bfloat16}) {
    if (type == ComputeType::bfloat16 && !kernels::has_bfloat16_products()) continue;
    for (ProductOperation operation : {ProductOperation::forward, ProductOperation::input_gradient,
                                       ProductOperation::weight_gradient})
      cases.add<Product>(concat("product/", to_text(type), "/", to_text(operation)), "products.txt",
                         "rows k n", operation, type);
  }
}

}  // namespace looplab_bench
