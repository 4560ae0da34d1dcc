// SPDX-License-Identifier: MIT
//
// oneDNN, versions 2.6 and 3.x: the only file that names it.
//
// Offers two products in float32: a plain one, and one whose right-hand matrix was packed
// beforehand into the layout the library prefers. Primitives are created once per shape and thread
// and kept: a primitive executed by two threads at once gives wrong results silently, so nothing
// that executes is shared. Every call runs on the calling thread alone (`SingleThreadScope`).
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

/// Runs `body`; what the library throws or returns becomes a BackendError with the sizes.
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

/// C [m, n] = op(A) op(B), or += if `accumulate`. op transposes where the flag says so: A is then
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

/// A matrix B [k, n] in the layout the library prefers for A [m, k] times B, m of a few hundred.
///
/// Packed once per optimizer step, multiplied R times per chunk (contract 3 of the design). The
/// layout is asked for at m = kTypicalRows; products of other heights are made for that layout.
class PackedMatrix {
 public:
  /// Packs `source`, stored as [k, n], or as [n, k] if `transposed`. \throws BackendError
  void pack(const float* source, Index k, Index n, bool transposed) {
    k_ = k;
    n_ = n;
    guarded("reorder", 0, k, n, [&] {
      const auto layout = product(kTypicalRows, k, n, false).weights;
      const auto bytes = static_cast<Index>(layout.get_size());
      if (!data_ || bytes != bytes_) data_ = allocate_aligned<std::byte>(bytes_ = bytes);
      Reorder& reorder = cached_reorder(k, n, transposed, layout);
      reorder.from.set_data_handle(const_cast<float*>(source));
      reorder.to.set_data_handle(data_.get());
      reorder.primitive.execute(stream(), reorder.from, reorder.to);
      stream().wait();
    });
  }

  /// y [m, n] = x [m, k] B, or += if `accumulate`. False, and nothing done, if the library has no
  /// fast product of this height for the packed layout: a fixed property of shape and processor.
  /// \throws BackendError
  [[nodiscard]] bool multiply(const float* x, Index m, float* y, bool accumulate) const {
    bool done = false;
    guarded("matmul", m, k_, n_, [&] {
      Product& p = product(m, k_, n_, accumulate);
      if (!p.fast) return;
      p.x.set_data_handle(const_cast<float*>(x));
      p.b.set_data_handle(data_.get());
      p.y.set_data_handle(y);
      p.primitive.execute(stream(), p.arguments);
      stream().wait();
      done = true;
    });
    return done;
  }

 private:
  static constexpr Index kTypicalRows = 256;

  struct Product {
    dnnl::memory::desc weights;
    dnnl::matmul primitive;
    dnnl::memory x, b, y;
    std::unordered_map<int, dnnl::memory> arguments;
    bool fast = false;
  };
  struct Reorder {
    dnnl::reorder primitive;
    dnnl::memory from, to;
  };

  static dnnl::stream& stream() {
    thread_local dnnl::stream stream(engine());
    return stream;
  }

  static dnnl::memory::desc plain(Index rows, Index cols, bool transposed = false) {
    using Tag = dnnl::memory::format_tag;
    return {{rows, cols}, dnnl::memory::data_type::f32, transposed ? Tag::ba : Tag::ab};
  }

  static dnnl::matmul::primitive_desc describe(Index m, Index k, Index n, bool accumulate,
                                               const dnnl::memory::desc& weights) {
    dnnl::primitive_attr attributes;
    if (accumulate) {
      dnnl::post_ops sum;
      sum.append_sum(1.0F);
      attributes.set_post_ops(sum);
    }
#if DNNL_VERSION_MAJOR >= 3
    return {engine(), plain(m, k), weights, plain(m, n), attributes};
#else
    return {dnnl::matmul::desc(plain(m, k), weights, plain(m, n)), attributes, engine()};
#endif
  }

  /// This thread's product of that shape, made at the first call.
  static Product& product(Index m, Index k, Index n, bool accumulate) {
    thread_local std::map<std::tuple<Index, Index, Index, bool>, Product> cache;
    const auto [place, is_new] = cache.try_emplace({m, k, n, accumulate});
    Product& p = place->second;
    if (!is_new) return p;
    const dnnl::memory::desc any({k, n}, dnnl::memory::data_type::f32,
                                 dnnl::memory::format_tag::any);
    const bool typical = m == kTypicalRows && !accumulate;
    const auto pd =
        describe(m, k, n, accumulate, typical ? any : product(kTypicalRows, k, n, false).weights);
    p.weights = pd.weights_desc();
    p.primitive = dnnl::matmul(pd);
    p.x = dnnl::memory(plain(m, k), engine(), nullptr);
    p.b = dnnl::memory(p.weights, engine(), nullptr);
    p.y = dnnl::memory(plain(m, n), engine(), nullptr);
    p.arguments = {{DNNL_ARG_SRC, p.x}, {DNNL_ARG_WEIGHTS, p.b}, {DNNL_ARG_DST, p.y}};
    p.fast = std::string_view(pd.impl_info_str()).find("ref") == std::string_view::npos;
    return p;
  }

  static Reorder& cached_reorder(Index k, Index n, bool transposed,
                                 const dnnl::memory::desc& layout) {
    thread_local std::map<std::tuple<Index, Index, bool>, Reorder> cache;
    const auto [place, is_new] = cache.try_emplace({k, n, transposed});
    Reorder& r = place->second;
    if (is_new) {
      r.from = dnnl::memory(plain(k, n, transposed), engine(), nullptr);
      r.to = dnnl::memory(layout, engine(), nullptr);
      r.primitive = dnnl::reorder(r.from, r.to);
    }
    return r;
  }

  AlignedArray<std::byte> data_;
  Index bytes_ = -1, k_ = 0, n_ = 0;
};

}  // namespace looplab::kernels::onednn

#endif  // LOOPLAB_WITH_ONEDNN
