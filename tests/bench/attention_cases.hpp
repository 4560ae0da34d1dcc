// SPDX-License-Identifier: MIT
//
// Causal attention with rotary positions on qkv [tokens, 3 d], and oneDNN's attention to compare.
#pragma once

#include "bench/case.hpp"
#include "bench/onednn_attention.hpp"
#include "looplab/kernels/attention.hpp"
#include "support/reference_attention.hpp"

namespace looplab_bench {

/// Buffers and reference of one pass; `causal` uses rotary positions, otherwise neither is used.
class AttentionCase : public Case {
 public:
  /// `shape` is windows, length, heads, d_head.
  AttentionCase(const ShapeRow& shape, bool backward, bool causal)
      : backward_(backward),
        table_(shape[1], shape[3], kRotaryBase),
        shape_{.num_windows = shape[0],
               .length = shape[1],
               .num_heads = shape[2],
               .d_head = shape[3],
               .causal = causal,
               .rotary = causal ? &table_ : nullptr},
        qkv_(random_tensor<float>({shape[0] * shape[1], 3 * shape_.width()}, "qkv")),
        out_({qkv_.rows(), shape_.width()}),
        grad_out_(random_tensor<float>(out_.shape(), "grad_out")),
        grad_qkv_(qkv_.shape()) {
    const auto length = static_cast<double>(shape_.length);
    const auto heads = static_cast<double>(shape_.num_windows * shape_.num_heads);
    // FLOP required by causal attention, also where more is computed: two products forward; P
    // recomputed, dP, dV, dQ and dK backward.
    const double scores = heads * length * (length + 1) / 2;
    const double products = backward ? 5 : 2;
    work = {.flop = products * 2 * scores * static_cast<double>(shape_.d_head),
            .exponentials = scores,
            .heads = heads};
  }

  double error() override {
    const looplab_test::ReferenceAttention reference{shape_.num_windows,
                                                     shape_.length,
                                                     shape_.num_heads,
                                                     shape_.d_head,
                                                     shape_.causal,
                                                     {},
                                                     shape_.rotary ? kRotaryBase : 0};
    const double allowed = looplab_test::tolerance<float>(shape_.length * shape_.d_head);
    if (!backward_) return error_of(out_, reference.forward(to_doubles(qkv_)), allowed);
    return error_of(grad_qkv_, reference.backward(to_doubles(qkv_), to_doubles(grad_out_)),
                    allowed);
  }

 protected:
  static constexpr double kRotaryBase = 10000;

  bool backward_;
  kernels::RotaryTable<float> table_;
  kernels::AttentionShape<float> shape_;
  Tensor<float> qkv_, out_, grad_out_, grad_qkv_;
};

class Attention : public AttentionCase {
 public:
  Attention(const ShapeRow& shape, bool backward)
      : AttentionCase(shape, backward, true),
        stats_({shape_.stats_size()}),
        scratch_({attention_scratch_size(shape_)}) {
    forward();
  }
  void run() override {
    if (!backward_) return forward();
    kernels::attention_backward(shape_, qkv_.data(), stats_.data(), grad_out_.data(),
                                grad_qkv_.data(), scratch_.data());
  }

 private:
  void forward() {
    kernels::attention_forward(shape_, qkv_.data(), out_.data(), stats_.data(), scratch_.data());
  }
  Tensor<float> stats_, scratch_;
};

#if LOOPLAB_WITH_ONEDNN
class LibraryAttention : public AttentionCase {
 public:
  LibraryAttention(const ShapeRow& shape, bool backward)
      : AttentionCase(shape, backward, false),
        library_(shape_, qkv_.data(), out_.data(), grad_out_.data(), grad_qkv_.data()) {
    library_.forward();
  }
  void run() override { backward_ ? library_.backward() : library_.forward(); }

 private:
  OneDnnAttention library_;
};
#endif

inline void add_attention(Cases& cases) {
  constexpr auto kColumns = "windows length heads d_head";
  for (bool backward : {false, true}) {
    const std::string pass = backward ? "/backward" : "/forward";
    cases.add<Attention>("attention" + pass, "attention.txt", kColumns, backward);
#if LOOPLAB_WITH_ONEDNN
    cases.add<LibraryAttention>("attention_onednn" + pass, "attention.txt", kColumns, backward);
#endif
  }
}

}  // namespace looplab_bench
