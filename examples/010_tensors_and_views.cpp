// SPDX-License-Identifier: MIT
//
// Lesson 010: numbers in memory, and their shapes.
//
// You learn: a `Tensor` owns its numbers, row-major on a 64-byte boundary; a `TensorView` is a
//   pointer and a shape, and copying it costs nothing. A wrong shape raises an exception that names
//   both shapes; it never crashes.
// You need:  nothing. NumPy users: a Tensor is a contiguous array, a view is a reshape of it.
// Expected output: element (1, 2) of a [3, 4] tensor filled with 0 ... 11 is number 1 * 4 + 2 = 6,
//   read in three ways; writing 60 through a view changes the tensor; one sentence about [3, 4].
#include <cstdint>
#include <iostream>
#include <looplab/looplab.hpp>
#include <numeric>

int main() {
  using namespace looplab;

  Tensor<float> table({3, 4});  // zeros
  std::iota(table.begin(), table.end(), 0.0F);

  // Three ways to read the same element.
  const TensorView<float> second_row(table.data() + 4, {4});
  std::cout << table(1, 2) << " " << table[1 * table.cols() + 2] << " " << second_row[2] << "\n";
  bool as_predicted = table(1, 2) == 6 && table[6] == 6 && second_row[2] == 6;

  // A view refers to the same numbers with another shape; a copy of the tensor has its own numbers.
  const Tensor<float> copy = table;
  const TensorView<float> as_batch(table.data(), {3, 2, 2});  // 3 matrices of 2 x 2
  as_batch[6] = 60;
  std::cout << as_batch.shape() << " has " << as_batch.rows() << " rows of " << as_batch.cols()
            << "; the element is now " << table(1, 2) << ", in the copy " << copy(1, 2) << "\n";
  as_predicted &= table(1, 2) == 60 && copy(1, 2) == 6 && as_batch.rows() == 6;

  // Memory of any size starts on a cache line.
  as_predicted &= reinterpret_cast<std::uintptr_t>(table.data()) % kAlignment == 0;

  // Shapes are checked in every call.
  Tape<float> tape;
  try {
    (void)matmul(tape, tape.constant(table.view()), tape.constant(table.view()));
    as_predicted = false;
  } catch (const ShapeError& error) {
    std::cout << error.what() << "\n";
  }
  std::cout << (as_predicted ? "as predicted\n" : "NOT as predicted\n");
  return as_predicted ? 0 : 1;
}

// Try: Tensor<float>({2, 2}, {1, 2, 3}): which message does it raise?
//      How many rows and columns does a Tensor<float>({2, 3, 4, 5}) have?
