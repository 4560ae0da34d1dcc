// SPDX-License-Identifier: MIT
#include "looplab/lab/registry/polymorphic.hpp"

#include <string>

#include "support/catch.hpp"

using namespace looplab::lab;

namespace {

struct Outline {
  virtual ~Outline() = default;
  [[nodiscard]] virtual double area() const = 0;
  virtual void grow() = 0;
};
struct Square final : Outline {
  double side;
  explicit Square(double given) : side(given) {}
  [[nodiscard]] double area() const override { return side * side; }
  void grow() override { side += 1; }
};
struct Named final : Outline {
  std::string name = "a name that needs memory of its own";
  [[nodiscard]] double area() const override { return static_cast<double>(name.size()); }
  void grow() override { name += '!'; }
};

}  // namespace

TEST_CASE("copies of a polymorphic value share nothing", "[lab]") {
  Polymorphic<Outline> first(Square(2)), copy = first;
  copy->grow();
  CHECK(first->area() == 4);
  CHECK((*copy).area() == 9);
  first = Polymorphic<Outline>(Named{});
  copy = first;
  copy->grow();
  CHECK(copy->area() == first->area() + 1);
  first = std::move(copy);
  CHECK_FALSE(copy);
  CHECK(first->area() == 36);
}

TEST_CASE("an empty polymorphic value stays empty in copies", "[lab]") {
  const Polymorphic<Outline> empty;
  Polymorphic<Outline> copy = empty;
  CHECK_FALSE(copy);
  copy = Polymorphic<Outline>(Square(1));
  CHECK(copy);
  copy = empty;
  CHECK_FALSE(copy);
}
