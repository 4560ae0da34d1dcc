// SPDX-License-Identifier: MIT
//
// Kernels over elements or rows: norms, activations, cross-entropy, rotary positions, AdamW,
// embedding. Bytes are those that must be read and written at least once, 4 per float.
#pragma once

#include "bench/case.hpp"
#include "looplab/kernels/adamw.hpp"
#include "looplab/kernels/cross_entropy.hpp"
#include "looplab/kernels/embedding.hpp"
#include "looplab/kernels/normalization.hpp"
#include "looplab/kernels/pointwise.hpp"
#include "looplab/kernels/rotary.hpp"

namespace looplab_bench {

namespace reference = looplab_test::reference;

inline constexpr double kNormEpsilon = 1e-6;

/// Work on `elements`, with `passes` floats read or written and `exponentials` for each.
[[nodiscard]] inline Work row_work(Index elements, double passes, double exponentials = 0) {
  const auto count = static_cast<double>(elements);
  const double bytes = 4 * passes * count;
  return {.exponentials = exponentials * count,
          .elements = count,
          .bytes = bytes,
          .working_set = bytes};
}

/// The error of a map from each element of `x` to one of `actual`, compared with `of` in double.
template <class Of>
[[nodiscard]] double map_error(const Tensor<float>& actual, const Tensor<float>& x, Of of) {
  Doubles expected(x.size());
  for (Index i = 0; i < x.size(); ++i) expected[i] = of(i, static_cast<double>(x[i]));
  return error_of(actual, expected, looplab_test::tolerance<float>());
}

// ---- norms

/// RMS or layer norm of x [rows, width]; its gradient by x is accumulated, as at the end of a
/// residual.
class Norm : public Case {
 public:
  Norm(const ShapeRow& shape, bool layer, bool backward)
      : rows_(shape[0]),
        width_(shape[1]),
        layer_(layer),
        backward_(backward),
        x_(random_tensor<float>({rows_, width_}, "x")),
        gain_(random_tensor<float>({width_}, "gain")),
        bias_(layer ? random_tensor<float>({width_}, "bias") : Tensor<float>({width_})),
        grad_y_(random_tensor<float>({rows_, width_}, "grad_y")),
        y_(x_.shape()),
        grad_x_(x_.shape()),
        grad_gain_({width_}),
        grad_bias_({width_}),
        mean_({rows_}),
        inverse_({rows_}) {
    work = row_work(x_.size(), backward ? 4 : 2);
    work.in_place = backward;
    forward();
  }
  void run() override { backward_ ? backward() : forward(); }
  double error() override {
    const Doubles x = to_doubles(x_), gain = to_doubles(gain_), grad_y = to_doubles(grad_y_);
    if (!backward_)
      return error_of(y_, reference::norm(x, gain, to_doubles(bias_), rows_, kNormEpsilon, layer_),
                      looplab_test::tolerance<float>(width_));
    const auto expected = reference::norm_backward(x, gain, grad_y, rows_, kNormEpsilon, layer_);
    const double error_x = error_of(grad_x_, expected.x, looplab_test::tolerance<float>(width_));
    const double error_gain =
        error_of(grad_gain_, expected.gain, looplab_test::tolerance<float>(rows_));
    return std::max(error_x, error_gain);
  }

 private:
  void forward() {
    const auto eps = static_cast<float>(kNormEpsilon);
    if (layer_)
      kernels::layer_norm_forward(x_.data(), gain_.data(), bias_.data(), y_.data(), mean_.data(),
                                  inverse_.data(), rows_, width_, eps);
    else
      kernels::rms_norm_forward(x_.data(), gain_.data(), y_.data(), inverse_.data(), rows_, width_,
                                eps);
  }
  void backward() {
    if (layer_)
      kernels::layer_norm_backward(x_.data(), gain_.data(), mean_.data(), inverse_.data(),
                                   grad_y_.data(), grad_x_.data(), grad_gain_.data(),
                                   grad_bias_.data(), rows_, width_, true);
    else
      kernels::rms_norm_backward(x_.data(), gain_.data(), inverse_.data(), grad_y_.data(),
                                 grad_x_.data(), grad_gain_.data(), rows_, width_, true);
  }

  Index rows_, width_;
  bool layer_, backward_;
  Tensor<float> x_, gain_, bias_, grad_y_, y_, grad_x_, grad_gain_, grad_bias_, mean_, inverse_;
};

// ---- activations

/// SwiGLU of [rows, 2 width].
class SwiGlu : public Case {
 public:
  SwiGlu(const ShapeRow& shape, bool backward)
      : rows_(shape[0]),
        width_(shape[1]),
        backward_(backward),
        gate_up_(random_tensor<float>({rows_, 2 * width_}, "gate_up")),
        grad_y_(random_tensor<float>({rows_, width_}, "grad_y")),
        y_(grad_y_.shape()),
        grad_gate_up_(gate_up_.shape()) {
    work = row_work(y_.size(), backward ? 5 : 3, 1);
  }
  void run() override {
    if (backward_)
      kernels::swiglu_backward(gate_up_.data(), grad_y_.data(), grad_gate_up_.data(), rows_,
                               width_);
    else
      kernels::swiglu_forward(gate_up_.data(), y_.data(), rows_, width_);
  }
  double error() override {
    const Doubles gate_up = to_doubles(gate_up_);
    const double allowed = looplab_test::tolerance<float>();
    if (!backward_) return error_of(y_, reference::swiglu(gate_up, rows_, width_), allowed);
    return error_of(grad_gate_up_,
                    reference::swiglu_backward(gate_up, to_doubles(grad_y_), rows_, width_),
                    allowed);
  }

 private:
  Index rows_, width_;
  bool backward_;
  Tensor<float> gate_up_, grad_y_, y_, grad_gate_up_;
};

/// GELU by its tanh formula.
class Gelu : public Case {
 public:
  Gelu(const ShapeRow& shape, bool backward)
      : backward_(backward),
        x_(random_tensor<float>({shape[0], shape[1]}, "x")),
        grad_y_(random_tensor<float>(x_.shape(), "grad_y")),
        result_(x_.shape()) {
    work = row_work(x_.size(), backward ? 3 : 2, 1);
  }
  void run() override {
    if (backward_)
      kernels::gelu_tanh_backward(x_.data(), grad_y_.data(), result_.data(), x_.size());
    else
      kernels::gelu_tanh_forward(x_.data(), result_.data(), x_.size());
  }
  double error() override {
    return map_error(result_, x_, [&](Index i, double x) {
      return backward_ ? static_cast<double>(grad_y_[i]) * reference::gelu_tanh_slope(x)
                       : reference::gelu_tanh(x);
    });
  }

 private:
  bool backward_;
  Tensor<float> x_, grad_y_, result_;
};

// ---- loss

/// Cross-entropy of logits [rows, vocab] with its gradient.
class CrossEntropy : public Case {
 public:
  explicit CrossEntropy(const ShapeRow& shape)
      : rows_(shape[0]),
        vocab_(shape[1]),
        logits_(random_tensor<float>({rows_, vocab_}, "logits")),
        targets_(random_tokens(rows_, vocab_, "targets")),
        row_loss_({rows_}),
        grad_logits_(logits_.shape()) {
    work = row_work(logits_.size(), 3, 1);
  }
  void run() override {
    kernels::softmax_cross_entropy(logits_.data(), targets_.data(), rows_, vocab_, 0.0F, kIgnored,
                                   row_loss_.data(), grad_logits_.data(),
                                   static_cast<Token*>(nullptr));
  }
  double error() override {
    const auto expected =
        reference::cross_entropy(to_doubles(logits_), targets_, vocab_, 0, 1, kIgnored);
    const double allowed = looplab_test::tolerance<float>(vocab_);
    return std::max(error_of(row_loss_, expected.row_loss, allowed),
                    error_of(grad_logits_, expected.grad_logits, allowed));
  }

 private:
  static constexpr Token kIgnored = -1;
  Index rows_, vocab_;
  Tensor<float> logits_;
  std::vector<Token> targets_;
  Tensor<float> row_loss_, grad_logits_;
};

// ---- positions, parameters, tables

/// Each head rotated to its position, as attention does when it reads queries and keys.
class Rotary : public Case {
 public:
  explicit Rotary(const ShapeRow& shape)
      : heads_(shape[1]),
        d_head_(shape[2]),
        table_(shape[0], d_head_, kBase),
        x_(random_tensor<float>({shape[0], heads_ * d_head_}, "x")),
        y_(x_.shape()) {
    work = row_work(x_.size(), 3);  // x, y and the angle's sine and cosine, two for two elements
  }
  void run() override {
    for (Index position = 0; position < x_.rows(); ++position)
      for (Index head = 0; head < heads_; ++head) {
        const Index at = position * x_.cols() + head * d_head_;
        kernels::rotary_forward(x_.data() + at, table_, position, d_head_, 1.0F, y_.data() + at);
      }
  }
  double error() override {
    const Index half = d_head_ / 2;
    return map_error(y_, x_, [&](Index i, double x) {
      const Index c = i % d_head_, pair = c % half;
      const double angle =
          static_cast<double>(i / x_.cols()) *
          std::pow(kBase, -2.0 * static_cast<double>(pair) / static_cast<double>(d_head_));
      const auto other = static_cast<double>(x_[c < half ? i + half : i - half]);
      return x * std::cos(angle) + (c < half ? -1 : 1) * other * std::sin(angle);
    });
  }

 private:
  static constexpr double kBase = 10000;
  Index heads_, d_head_;
  kernels::RotaryTable<float> table_;
  Tensor<float> x_, y_;
};

/// One optimizer step on values and moments that change at every run; the first run is checked.
class AdamwPass : public Case {
 public:
  explicit AdamwPass(const ShapeRow& shape)
      : value_(random_tensor<float>({shape[0]}, "value")),
        start_(value_),
        m_({shape[0]}),
        v_({shape[0]}),
        gradient_(random_tensor<float>({shape[0]}, "gradient")) {
    work = row_work(shape[0], 7);
    work.working_set = 16 * work.elements;  // three of the four arrays are read and written
    work.in_place = true;
  }
  void run() override {
    kernels::adamw_update(value_.data(), m_.data(), v_.data(), gradient_.data(), value_.size(),
                          kStep);
  }
  double error() override {  // the first step of moments that were 0: m / c1 = g, v / c2 = g^2
    return map_error(value_, start_, [&](Index i, double value) {
      const auto g = static_cast<double>(gradient_[i]);
      return (1 - kStep.learning_rate * kStep.weight_decay) * value -
             kStep.learning_rate * g / (std::abs(g) + kStep.epsilon);
    });
  }

 private:
  static inline const kernels::AdamwStep kStep =
      kernels::AdamwStep{.learning_rate = 1e-3, .weight_decay = 0.1}.at(1);
  Tensor<float> value_, start_, m_, v_, gradient_;
};

/// Rows looked up in a table [vocab, width], or their gradients added to its gradient.
class Embedding : public Case {
 public:
  Embedding(const ShapeRow& shape, bool backward)
      : backward_(backward),
        ids_(random_tokens(shape[0], shape[1], "ids")),
        table_(random_tensor<float>({shape[1], shape[2]}, "table")),
        rows_(random_tensor<float>({shape[0], shape[2]}, "rows")),
        grad_table_(table_.shape()) {
    work = row_work(rows_.size(), backward ? 3 : 2);
    work.in_place = backward;
  }
  void run() override {
    if (backward_)
      kernels::embedding_scatter_add(rows_.data(), ids_.data(), rows_.rows(), rows_.cols(),
                                     grad_table_.data());
    else
      kernels::embedding_gather(table_.data(), ids_.data(), rows_.rows(), rows_.cols(),
                                rows_.data());
  }
  double error() override {
    const Index width = rows_.cols();
    Doubles expected(backward_ ? grad_table_.size() : rows_.size());
    for (Index row = 0; row < rows_.rows(); ++row)
      for (Index c = 0; c < width; ++c) {
        const Index in_table = ids_[static_cast<std::size_t>(row)] * width + c;
        if (backward_)
          expected[in_table] += static_cast<double>(rows_[row * width + c]);
        else
          expected[row * width + c] = static_cast<double>(table_[in_table]);
      }
    return error_of(backward_ ? grad_table_ : rows_, expected,
                    looplab_test::tolerance<float>(rows_.rows()));
  }

 private:
  bool backward_;
  std::vector<Token> ids_;
  Tensor<float> table_, rows_, grad_table_;
};

inline void add_row_kernels(Cases& cases) {
  for (bool backward : {false, true}) {
    const std::string pass = backward ? "/backward" : "/forward";
    cases.add<Norm>("rms_norm" + pass, "norms.txt", "rows width", false, backward);
    cases.add<Norm>("layer_norm" + pass, "norms.txt", "rows width", true, backward);
    cases.add<SwiGlu>("swiglu" + pass, "feed_forward.txt", "rows width", backward);
    cases.add<Gelu>("gelu" + pass, "feed_forward.txt", "rows width", backward);
    cases.add<Embedding>("embedding" + pass, "embedding.txt", "rows vocab width", backward);
  }
  cases.add<CrossEntropy>("cross_entropy", "cross_entropy.txt", "rows vocab");
  cases.add<Rotary>("rotary", "rotary.txt", "length heads d_head");
  cases.add<AdamwPass>("adamw", "parameters.txt", "parameters");
}

}  // namespace looplab_bench
