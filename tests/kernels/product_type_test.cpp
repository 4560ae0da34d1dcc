// SPDX-License-Identifier: MIT
#include "looplab/kernels/product_type.hpp"

#include "looplab/core/config.hpp"
#include "looplab/kernels/matmul.hpp"
#include "support/catch.hpp"

using namespace looplab;
using kernels::ProductType;

TEST_CASE("a product type reads back from its name, and nothing else is one", "[matmul]") {
  for (ProductType type : {ProductType::float32, ProductType::bfloat16}) {
    ProductType copy = type == ProductType::float32 ? ProductType::bfloat16 : ProductType::float32;
    CHECK(from_text(to_text(type), copy));
    CHECK(copy == type);
  }
  CHECK(to_text(ProductType::bfloat16) == "bfloat16");
  ProductType type{};
  CHECK_FALSE(from_text("float16", type));
}

TEST_CASE("bfloat16 is used where it can be, for float alone", "[matmul]") {
  CHECK(kernels::usable_product_type<float>(ProductType::float32) == ProductType::float32);
  CHECK(kernels::usable_product_type<double>(ProductType::bfloat16) == ProductType::float32);
  CHECK((kernels::usable_product_type<float>(ProductType::bfloat16) == ProductType::bfloat16) ==
        kernels::has_bfloat16_products());
}
