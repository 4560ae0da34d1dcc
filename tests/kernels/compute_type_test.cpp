// SPDX-License-Identifier: MIT
#include "looplab/kernels/compute_type.hpp"

#include "looplab/core/config.hpp"
#include "looplab/kernels/matmul.hpp"
#include "support/catch.hpp"

using namespace looplab;
using kernels::ComputeType;

TEST_CASE("a product type reads back from its name, and nothing else is one", "[matmul]") {
  for (ComputeType type : {ComputeType::float32, ComputeType::bfloat16}) {
    ComputeType copy = type == ComputeType::float32 ? ComputeType::bfloat16 : ComputeType::float32;
    CHECK(from_text(to_text(type), copy));
    CHECK(copy == type);
  }
  CHECK(to_text(ComputeType::bfloat16) == "bfloat16");
  ComputeType type{};
  CHECK_FALSE(from_text("float16", type));
}

TEST_CASE("bfloat16 is used where it can be, for float alone", "[matmul]") {
  CHECK(kernels::usable_product_type<float>(ComputeType::float32) == ComputeType::float32);
  CHECK(kernels::usable_product_type<double>(ComputeType::bfloat16) == ComputeType::float32);
  CHECK((kernels::usable_product_type<float>(ComputeType::bfloat16) == ComputeType::bfloat16) ==
        kernels::has_bfloat16_products());
}
