// SPDX-License-Identifier: MIT
//
// oneDNN, versions 2.6 and 3.x: the only file that uses it.
//
// Provides a plain product in float32, products whose right-hand matrix was packed beforehand into
// the layout the library prefers, in float32 and bfloat16, and the weight gradient in bfloat16.
// Primitives are created once per shape and thread and kept. A primitive executed by two threads at
// once silently gives wrong results, so threads share no primitive. Every call runs on the calling
// thread only (`SingleThreadScope`).
//
// Tests: tests/kernels/onednn_test.cpp, tests/kernels/matmul_test.cpp.
#pragma once

#ifndef LOOPLAB_WITH_ONEDNN
#define LOOPLAB_WITH_ONEDNN 0
#endif

#if LOOPLAB_WITH_ONEDNN

#include <oneapi/dnnl/dnnl.hpp>

#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>

#include "looplab/core/parallel.hpp"
#include "looplab/core/tensor.hpp"
#include "looplab/kernels/bfloat16.hpp"

namespace looplab::kernels::onednn {

/// "onednn 2.6.3"
[[nodiscard]] inline std::string version() {
  const dnnl_version_t* v = dnnl_version();
  return concat("onednn ", v->major, ".", v->minor, ".", v->patch);
}

[[nodiscard]] inline const dnnl::engine& engine() {
  static const dnnl::engine cpu(dnnl::engine::kind::cpu, 0);
  return cpu;
}

/// Runs `body`; exceptions and error codes of the library become a BackendError with the sizes.
template <class Body>
void guarded(std::string_view operation, Index m, Index k, Index n, Body&& body) {
  const SingleThreadScope single_thread;
  try {
    body();
  } catch (const dnnl::error& error) {
    throw BackendError(
        concat("oneDNN ", operation, " [", m, ", ", k, "] x [", k, ", ", n, "]: ", error.what()));
  }
}

/// C [m, n] = op(A) op(B), or += if `accumulate`. op transposes if the flag is set: A is then
/// stored as [k, m], B as [n, k]. \throws BackendError
inline void sgemm(bool transpose_a, bool transpose_b, Index m, Index n, Index k, const float* a,
                  const float* b, float* c, bool accumulate) {
  guarded("sgemm", m, k, n, [&] {
    const dnnl_status_t status =
        dnnl_sgemm(transpose_a ? 'T' : 'N', transpose_b ? 'T' : 'N', m, n, k, 1.0F, a,
                   transpose_a ? m : k, b, transpose_b ? k : n, accumulate ? 1.0F : 0.0F, c, n);
    require<BackendError>(status == dnnl_success, "oneDNN sgemm [", m, ", ", k, "] x [", k, ", ", n,
                          "]: status ", static_cast<int>(status));
  });
}

/// Whether this library's `sgemm` can corrupt the heap of a program that handles signals: with
/// AVX-512 its kernel runs for a while without a valid stack pointer (seen in 2.6.3).
[[nodiscard]] inline bool sgemm_breaks_signals() {
  const auto isa = static_cast<unsigned>(dnnl::get_effective_cpu_isa());
  const auto avx512 = static_cast<unsigned>(dnnl::cpu_isa::avx512_core);
  return (isa & avx512) == avx512;
}

/// Whether the processor has instructions for bfloat16 products.
[[nodiscard]] inline bool has_bfloat16() {
  const auto isa = static_cast<unsigned>(dnnl::get_effective_cpu_isa());
  const auto needed = static_cast<unsigned>(dnnl::cpu_isa::avx512_core_bf16);
  return (isa & needed) == needed;
}

/// float or bfloat16 elements of a factor; products are accumulated and returned in float.
template <class E>
inline constexpr auto kDataType =
    std::same_as<E, float> ? dnnl::memory::data_type::f32 : dnnl::memory::data_type::bf16;

namespace detail {

inline dnnl::stream& stream() {
  thread_local dnnl::stream stream(engine());
  return stream;
}

template <class E>
[[nodiscard]] dnnl::memory::desc plain(Index rows, Index cols, bool transposed = false) {
  using Tag = dnnl::memory::format_tag;
  return {{rows, cols}, kDataType<E>, transposed ? Tag::ba : Tag::ab};
}

/// This thread's T for that shape and flag, created at the first call. One cache per (T, Owner).
template <class T, class Owner = void, class Make>
[[nodiscard]] T& cached(const std::tuple<Index, Index, Index, bool>& key, Make&& make) {
  thread_local std::map<std::tuple<Index, Index, Index, bool>, T> cache;
  const auto found = cache.find(key);
  return found != cache.end() ? found->second : cache.emplace(key, make()).first->second;
}

/// A product y [m, n] = a [m, k] b [k, n] with the memory objects of its arguments.
struct Product {
  dnnl::memory::desc layout_b;
  dnnl::matmul primitive;
  dnnl::memory a, b, y;
  std::unordered_map<int, dnnl::memory> arguments;
  bool fast = false;  // false: the library's reference code

  Product() = default;
  Product(const dnnl::memory::desc& of_a, const dnnl::memory::desc& of_b,
          const dnnl::memory::desc& of_y, bool accumulate) {
    dnnl::primitive_attr attributes;
    if (accumulate) {
      dnnl::post_ops sum;
      sum.append_sum(1.0F);
      attributes.set_post_ops(sum);
    }
#if DNNL_VERSION_MAJOR >= 3
    const dnnl::matmul::primitive_desc pd(engine(), of_a, of_b, of_y, attributes);
#else
    const dnnl::matmul::primitive_desc pd({of_a, of_b, of_y}, attributes, engine());
#endif
    layout_b = pd.weights_desc();
    primitive = dnnl::matmul(pd);
    a = dnnl::memory(of_a, engine(), nullptr);
    b = dnnl::memory(layout_b, engine(), nullptr);
    y = dnnl::memory(of_y, engine(), nullptr);
    arguments = {{DNNL_ARG_SRC, a}, {DNNL_ARG_WEIGHTS, b}, {DNNL_ARG_DST, y}};
    fast = std::string_view(pd.impl_info_str()).find("ref") == std::string_view::npos;
  }

  void operator()(const void* from_a, const void* from_b, float* to) {
    a.set_data_handle(const_cast<void*>(from_a));
    b.set_data_handle(const_cast<void*>(from_b));
    y.set_data_handle(to);
    primitive.execute(stream(), arguments);
    stream().wait();
  }
};

}  // namespace detail

/// C [k, n] = A^T B, or += if `accumulate`, for A [m, k] and B [m, n] of float or bfloat16.
/// \throws BackendError
template <class E>
void transposed_product(const E* a, const E* b, Index m, Index k, Index n, float* c,
                        bool accumulate) {
  guarded("matmul", k, m, n, [&] {
    detail::cached<detail::Product, E>({m, k, n, accumulate}, [&] {
      return detail::Product(detail::plain<E>(k, m, true), detail::plain<E>(m, n),
                             detail::plain<float>(k, n), accumulate);
    })(a, b, c);
  });
}

/// A matrix B [k, n] of type E in the layout the library prefers for A [m, k] times B, with m a few
/// hundred.
///
/// Packed once per optimizer step, multiplied R times per chunk (contract 3, CONTRIBUTING.md). The
/// layout is queried at m = kTypicalRows; products of other heights are created for that layout.
template <class E>
class PackedMatrix {
 public:
  /// Packs `source`, stored as [k, n], or as [n, k] if `transposed`. \throws BackendError
  void pack(const float* source, Index k, Index n, bool transposed) {
    k_ = k;
    n_ = n;
    guarded("reorder", 0, k, n, [&] {
      const auto layout = product(kTypicalRows, k, n, false).layout_b;
      const auto bytes = static_cast<Index>(layout.get_size());
      if (!data_ || bytes != bytes_) data_ = allocate_aligned<std::byte>(bytes_ = bytes);
      Reorder& r = reorder(k, n, transposed, layout);
      r.from.set_data_handle(const_cast<float*>(source));
      r.to.set_data_handle(data_.get());
      r.primitive.execute(detail::stream(), r.from, r.to);
      detail::stream().wait();
    });
  }

  /// y [m, n] = x [m, k] B, or += if `accumulate`. \throws BackendError
  void multiply(const E* x, Index m, float* y, bool accumulate) const {
    guarded("matmul", m, k_, n_, [&] { product(m, k_, n_, accumulate)(x, data_.get(), y); });
  }
  /// Whether the library has an optimized product of this height for the packed layout: a fixed
  /// property of shape and processor. \throws BackendError
  [[nodiscard]] bool is_fast(Index m, bool accumulate) const {
    bool fast = false;
    guarded("matmul", m, k_, n_, [&] { fast = product(m, k_, n_, accumulate).fast; });
    return fast;
  }

 private:
  static constexpr Index kTypicalRows = 256;

  struct Reorder {
    dnnl::reorder primitive;
    dnnl::memory from, to;
  };

  static detail::Product& product(Index m, Index k, Index n, bool accumulate) {
    return detail::cached<detail::Product, PackedMatrix>({m, k, n, accumulate}, [&] {
      const bool typical = m == kTypicalRows && !accumulate;
      const dnnl::memory::desc any({k, n}, kDataType<E>, dnnl::memory::format_tag::any);
      return detail::Product(detail::plain<E>(m, k),
                             typical ? any : product(kTypicalRows, k, n, false).layout_b,
                             detail::plain<float>(m, n), accumulate);
    });
  }

  static Reorder& reorder(Index k, Index n, bool transposed, const dnnl::memory::desc& layout) {
    return detail::cached<Reorder, PackedMatrix>({0, k, n, transposed}, [&] {
      Reorder r;
      r.from = dnnl::memory(detail::plain<float>(k, n, transposed), engine(), nullptr);
      r.to = dnnl::memory(layout, engine(), nullptr);
      r.primitive = dnnl::reorder(r.from, r.to);
      return r;
    });
  }

  AlignedArray<std::byte> data_;
  Index bytes_ = -1, k_ = 0, n_ = 0;
};

}  // namespace looplab::kernels::onednn

#endif  // LOOPLAB_WITH_ONEDNN
