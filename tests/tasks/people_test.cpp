// SPDX-License-Identifier: MIT
#include "looplab/tasks/people.hpp"

#include <set>

#include "support/catch.hpp"

using namespace looplab;

TEST_CASE("training tells about everyone once per epoch, each epoch in a new order") {
  const Exposures exposures{.num_people = 50, .per_window = 4};
  std::set<std::vector<Index>> orders;
  for (Index epoch = 0; epoch < 3; ++epoch) {
    std::vector<Index> order;
    for (Index i = 0; i < 50; ++i)
      order.push_back(exposures.person(Seed{1}, Split::train, epoch * 50 + i).value());
    orders.insert(order);
    const std::set<Index> everyone(order.begin(), order.end());
    CHECK(everyone.size() == 50);
    CHECK(*everyone.begin() == 0);
    CHECK(*everyone.rbegin() == 49);
  }
  CHECK(orders.size() == 3);
  Index same = 0;
  for (Index i = 0; i < 50; ++i)
    same +=
        exposures.person(Seed{1}, Split::train, i) == exposures.person(Seed{2}, Split::train, i);
  CHECK(same < 10);
}

TEST_CASE("held-out splits tell about everyone once and then about nobody") {
  const Exposures exposures{.num_people = 5, .per_window = 4};
  for (const Split split : {Split::validation, Split::test}) {
    for (Index i = 0; i < 5; ++i) CHECK(exposures.person(Seed{7}, split, i) == i);
    CHECK_FALSE(exposures.person(Seed{7}, split, 5));
  }
}

TEST_CASE("windows are counted up to the last one begun") {
  const Exposures exposures{.num_people = 5, .per_window = 4};
  CHECK(exposures.num_windows(1) == 2);
  CHECK(exposures.num_windows(4) == 5);
  CHECK(exposures.num_windows(1000) == 1250);
}
