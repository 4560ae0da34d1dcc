// SPDX-License-Identifier: MIT
#include "looplab/kernels/onednn.hpp"

#include <algorithm>
#include <utility>

#include "looplab/kernels/matmul.hpp"
#include "support/catch.hpp"
#include "support/random_tensor.hpp"

using namespace looplab;
using namespace looplab_test;

TEST_CASE("the backend is named with its version", "[onednn]") {
#if LOOPLAB_WITH_ONEDNN
  const dnnl_version_t* v = dnnl_version();
  CHECK(kernels::backend_name() == concat("onednn ", v->major, ".", v->minor, ".", v->patch));
#else
  CHECK(kernels::backend_name() ==
        concat("eigen ", EIGEN_WORLD_VERSION, ".", EIGEN_MAJOR_VERSION, ".", EIGEN_MINOR_VERSION));
#endif
}

#if LOOPLAB_WITH_ONEDNN

using namespace looplab::kernels::onednn;

TEST_CASE("what oneDNN refuses is a BackendError with operation and sizes", "[onednn]") {
  float element = 0;
  CHECK_THROWS_AS(sgemm(false, false, -1, 2, 3, &element, &element, &element, false), BackendError);
  CHECK_THROWS_WITH(sgemm(false, false, -1, 2, 3, &element, &element, &element, false),
                    contains("oneDNN sgemm [-1, 3] x [3, 2]: status "));
  PackedMatrix<float> packed;
  CHECK_THROWS_WITH(packed.pack(&element, -3, 2, false),
                    contains("oneDNN reorder [0, -3] x [-3, 2]"));
}

TEST_CASE("a shape that oneDNN refused is refused again", "[onednn]") {
  float element = 0;
  PackedMatrix<float> packed;
  for (int attempt = 0; attempt < 2; ++attempt)
    CHECK_THROWS_AS(packed.pack(&element, -5, 7, false), BackendError);
}

TEST_CASE("the packed product repeats its bits, and packing again changes them", "[onednn]") {
  const Index k = 40, n = 72, m = 64;
  const auto b = random_tensor<float>({k, n}, "b"), x = random_tensor<float>({m, k}, "x");
  PackedMatrix<float> packed;
  packed.pack(b.data(), k, n, false);
  Tensor<float> first({m, n}), second({m, n});
  packed.multiply(x.data(), m, first.data(), false);
  packed.multiply(x.data(), m, second.data(), false);
  CHECK(std::ranges::equal(first, second));
  const auto other = random_tensor<float>({k, n}, "other");
  packed.pack(other.data(), k, n, false);
  packed.multiply(x.data(), m, second.data(), false);
  CHECK_FALSE(std::ranges::equal(first, second));
}

#endif  // LOOPLAB_WITH_ONEDNN
