// SPDX-License-Identifier: MIT
//
// The operations on float and double, compiled once for all files of a program.
//
// The CMake target looplab::compiled is a library of them and defines LOOPLAB_COMPILED: then the headers of
// operations declare, at their ends, that they are compiled elsewhere. Without that target they are compiled
// where they are used, as is always an operation that no header lists.
#pragma once

#if LOOPLAB_COMPILES_OPERATIONS  // the one file of looplab::compiled
#define LOOPLAB_TEMPLATE template
#elif LOOPLAB_COMPILED
#define LOOPLAB_TEMPLATE extern template
#endif

#if LOOPLAB_COMPILED
#include "looplab/kernels/simd.hpp"

namespace looplab {
namespace detail {

/// Linked, so that a program compiled for other vectors than looplab::compiled, which would lay out
/// packed weights differently, does not link.
template <std::size_t kVectorBytes>
struct CompiledForVectorsOf {
  static bool exists() noexcept;
};

}  // namespace detail

#if LOOPLAB_COMPILES_OPERATIONS
template <std::size_t kVectorBytes>
bool detail::CompiledForVectorsOf<kVectorBytes>::exists() noexcept {
  return true;
}
template struct detail::CompiledForVectorsOf<kernels::kVectorBytes>;
#else
inline const bool compiled_for_these_vectors =
    detail::CompiledForVectorsOf<kernels::kVectorBytes>::exists();
#endif

}  // namespace looplab
#endif
