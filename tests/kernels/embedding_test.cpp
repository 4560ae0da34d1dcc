// SPDX-License-Identifier: MIT
#include "looplab/kernels/embedding.hpp"

#include "support/catch.hpp"
#include "support/random_tensor.hpp"
#include "support/reference_kernels.hpp"
#include "support/tolerance.hpp"

using namespace looplab;
using namespace looplab::kernels;
using namespace looplab_test;
using reference::Doubles;

TEMPLATE_TEST_CASE("gather copies rows and scatter_add adds them up", "[embedding]", float,
                   double) {
  using S = TestType;
  const Index V = 5;
  for (Index N : {0, 1, 40})
    for (Index D : {1, 7, 15, 16, 17, 33}) {
      INFO("N=" << N << " D=" << D);
      const auto ids = random_tokens(N, V, "ids");  // 40 ids of 5 rows: every row several times
      const Tensor<S> table = random_tensor<S>({V, D}, "table"),
                      grad_y = random_tensor<S>({N, D}, "g");
      Tensor<S> y({N, D}), grad_table = random_tensor<S>({V, D}, "before");
      Doubles expected_y(N * D), expected_grad = to_doubles(grad_table);
      for (Index n = 0; n < N; ++n)
        for (Index d = 0; d < D; ++d) {
          const Index row = ids[static_cast<std::size_t>(n)];
          expected_y[n * D + d] = static_cast<double>(table(row, d));
          expected_grad[row * D + d] += static_cast<double>(grad_y(n, d));
        }
      embedding_gather(table.data(), ids.data(), N, D, y.data());
      check_close(y, expected_y, 0);
      embedding_scatter_add(grad_y.data(), ids.data(), N, D, grad_table.data());
      check_close(grad_table, expected_grad, tolerance<S>(N));
    }
}

TEST_CASE("the table's gradient agrees with central differences", "[embedding]") {
  const Index N = 6, D = 3, V = 4;
  const std::vector<Token> ids = {2, 0, 2, 3, 2, 0};
  Tensor<double> table = random_tensor<double>({V, D}, "table"), y({N, D}), grad_table({V, D});
  const Tensor<double> grad_y = random_tensor<double>({N, D}, "grad_y");
  const auto loss = [&] {
    embedding_gather(table.data(), ids.data(), N, D, y.data());
    return reference::dot(y, grad_y);
  };
  embedding_scatter_add(grad_y.data(), ids.data(), N, D, grad_table.data());
  check_close(grad_table, reference::numeric_gradient(loss, table), kDifferenceTolerance);
}
