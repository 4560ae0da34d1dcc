// SPDX-License-Identifier: MIT
#include "looplab/tasks/biographies/people.hpp"

#include <set>

#include "support/catch.hpp"

using namespace looplab;

TEST_CASE("training tells about everyone once per epoch, each epoch in a new order") {
  const Exposures exposures{.num_people = 50, .per_window = 4};
  std::set<std::vector<Index>> orders;
  const auto person = [&](Seed seed, Index biography) {
    Exposures::People people = exposures.people(seed, Split::train, biography / 4);
    for (Index i = 0; i < biography % 4; ++i) (void)people.next();
    return people.next().value();
  };
  for (Index epoch = 0; epoch < 3; ++epoch) {
    std::vector<Index> order;
    for (Index i = 0; i < 50; ++i) order.push_back(person(Seed{1}, epoch * 50 + i));
    orders.insert(order);
    const std::set<Index> everyone(order.begin(), order.end());
    CHECK(everyone.size() == 50);
    CHECK(*everyone.begin() == 0);
    CHECK(*everyone.rbegin() == 49);
  }
  CHECK(orders.size() == 3);
  Index same = 0;
  for (Index i = 0; i < 50; ++i) same += person(Seed{1}, i) == person(Seed{2}, i);
  CHECK(same < 10);
}

TEST_CASE("held-out splits tell about everyone once and then about nobody") {
  const Exposures exposures{.num_people = 5, .per_window = 4};
  for (const Split split : {Split::validation, Split::test}) {
    Exposures::People people = exposures.people(Seed{7}, split, 0);
    for (Index i = 0; i < 5; ++i) CHECK(people.next() == i);
    CHECK_FALSE(people.next());
    CHECK(exposures.people(Seed{7}, split, 1).next() == 4);
  }
}

TEST_CASE("windows are counted up to the last one begun") {
  const Exposures exposures{.num_people = 5, .per_window = 4};
  CHECK(exposures.num_windows(1) == 2);
  CHECK(exposures.num_windows(4) == 5);
  CHECK(exposures.num_windows(1000) == 1250);
}
