// SPDX-License-Identifier: MIT
#include "looplab/nn/parameter_shape.hpp"

#include "looplab/nn/feed_forward.hpp"
#include "looplab/nn/multi_head_attention.hpp"
#include "looplab/nn/norm.hpp"
#include "support/catch.hpp"
#include "support/parameter_listing.hpp"

using namespace looplab;
using namespace looplab_test;

TEST_CASE("matrices and tables decay, gains and biases do not; what enters products is packed",
          "[parameter]") {
  for (Role role : {Role::embedding, Role::tied_embedding, Role::weight, Role::residual_output,
                    Role::head, Role::gate})
    CHECK(is_matrix(role));
  for (Role role : {Role::gain, Role::bias}) CHECK_FALSE((is_matrix(role) || is_packed(role)));
  for (Role role : {Role::tied_embedding, Role::weight, Role::residual_output, Role::head})
    CHECK(is_packed(role));
  CHECK_FALSE((is_packed(Role::embedding) || is_packed(Role::gate)));
  CHECK((is_embedding(Role::embedding) && is_embedding(Role::tied_embedding) &&
         is_embedding(Role::head)));
  CHECK_FALSE((is_embedding(Role::weight) || is_embedding(Role::gate)));
}

TEST_CASE("the lists of modules are what the modules have", "[parameter]") {
  for (const bool on : {false, true}) {
    CHECK(listing(linear_shapes(2, 3, on, Role::head)) ==
          listing_of(Linear<double>(2, 3, on, Role::head)));
    CHECK(listing(norm_shapes(5, on)) == listing_of(Norm<float>(5, on, 1e-6)));
    CHECK(listing(attention_shapes(4, on)) == listing_of(MultiHeadAttention<double>(4, on)));
    CHECK(listing(feed_forward_shapes(4, 6, on, !on)) ==
          listing_of(FeedForward<double>(4, 6, on, !on)));
  }
  CHECK(listing(feed_forward_shapes(4, 6, true, false)) ==
        "gate_up.weight weight [4, 12]\ndown.weight residual_output [6, 4]\n");
}

TEST_CASE("a part's parameters are appended with a prefix", "[parameter]") {
  ParameterShapes list{{"a", Role::bias, {1}}};
  append_shapes(list, "b.", linear_shapes(2, 3, true));
  CHECK(listing(list) == "a bias [1]\nb.weight weight [2, 3]\nb.bias bias [3]\n");
}
