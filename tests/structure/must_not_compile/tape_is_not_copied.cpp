// SPDX-License-Identifier: MIT
// A tape belongs to one thread and owns the memory that its variables point to.
// expect: use of deleted function|call to deleted constructor
#include "looplab/autograd/tape.hpp"

int main() {
  looplab::Tape<float> tape;
#ifdef WRONG
  looplab::Tape<float> other = tape;
#else
  looplab::Tape<float> other = std::move(tape);
#endif
  other.reset();
}
