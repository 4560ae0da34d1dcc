// SPDX-License-Identifier: MIT
//
// A step in steady state allocates no memory of ours (contract 2, CONTRIBUTING.md). Every
// allocation of the program passes through the functions below, which count while a test enables
// them. They replace malloc below operator new, Eigen, oneDNN and OpenMP; sanitizers replace it
// themselves.
#include "looplab/train/trainer.hpp"

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

#include <cstdlib>

#include "support/catch.hpp"
#include "support/small_training.hpp"

extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* memory, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
}

namespace {

std::atomic<bool> counting{false};
std::atomic<long> allocations{0};

void note_allocation() {
  if (counting.load(std::memory_order_relaxed)) allocations.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

extern "C" {
void* malloc(std::size_t size) noexcept {
  note_allocation();
  return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) noexcept {
  note_allocation();
  return __libc_calloc(count, size);
}
void* realloc(void* memory, std::size_t size) noexcept {
  note_allocation();
  return __libc_realloc(memory, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  note_allocation();
  return __libc_memalign(alignment, size);
}
void* memalign(std::size_t alignment, std::size_t size) noexcept {
  note_allocation();
  return __libc_memalign(alignment, size);
}
int posix_memalign(void** memory, std::size_t alignment, std::size_t size) noexcept {
  note_allocation();
  *memory = __libc_memalign(alignment, size);
  return *memory == nullptr ? ENOMEM : 0;
}
}

namespace {

using namespace looplab;

/// k-hop induction under a name too long for a string to hold in itself, scored at its end alone.
struct LongName : KHopInduction {
  LongName() : KHopInduction(looplab_test::small_task()) {}
  [[nodiscard]] std::string name() const { return "k_hop_induction_under_a_rather_long_name"; }
  void sample(Seed seed, Split split, Index index, Window window) const {
    KHopInduction::sample(seed, split, index, window);
    std::fill(window.targets.begin(), window.targets.end() - 4, kIgnoreIndex);
  }
};

/// Allocations that `body` makes.
template <class Body>
[[nodiscard]] long allocations_of(Body&& body) {
  allocations = 0;
  counting = true;
  body();
  counting = false;
  return allocations;
}

/// Allocations of each of the steps 11 ... 20, on one thread.
template <Real S, Task T>
[[nodiscard]] std::vector<long> allocations_per_step(const LoopedTransformerConfig& model_config,
                                                     const T& task) {
  LoopedTransformer<S> model(model_config, Seed{1});
  Trainer trainer(model, task,
                  {.batch_size = 20, .chunk_tokens = 64, .num_threads = 1, .log_every = 1000});
  std::vector<long> counts;
  for (int step = 1; step <= 20; ++step) {
    const long count = allocations_of([&] { (void)trainer.step(); });
    if (step > 10) counts.push_back(count);
  }
  return counts;
}

/// Every kind of layer there is.
[[nodiscard]] LoopedTransformerConfig everything() {
  LoopedTransformerConfig config = looplab_test::small_model(looplab_test::small_task());
  config.num_prelude_layers = config.num_coda_layers = 1;
  config.input_injection = InputInjection::linear;
  config.loop_embedding = LoopEmbedding::learned;
  config.positions = Positions::learned;
  config.norm = NormKind::layer;
  config.d_model = 48;
  return config;
}

}  // namespace

TEST_CASE("the counter counts") {
  std::vector<int> kept;
  Tensor<float> kept_aligned;
  CHECK(allocations_of([&] { kept.resize(100); }) == 1);
  CHECK(allocations_of([&] { kept_aligned = Tensor<float>({100}); }) == 1);
  CHECK(allocations_of([] {}) == 0);
  CHECK(std::ranges::all_of(kept, [&](int x) { return static_cast<float>(x) == kept_aligned[0]; }));
}

TEST_CASE("a step in steady state allocates nothing where products are Eigen's") {
  // But what OpenMP takes for the four parallel loops: chunks, reduction, update, packing.
  const auto one_loop = [] { parallel_for(1, 1, [](Index, int) {}); };
  one_loop();  // the first one sets OpenMP up
  const long loop = allocations_of(one_loop);
  const std::vector<long> nothing(10, 4 * loop);
  CHECK(allocations_per_step<double>(looplab_test::small_model(looplab_test::small_task()),
                                     looplab_test::small_task()) == nothing);
  CHECK(allocations_per_step<double>(everything(), LongName()) == nothing);
  LoopedTransformerConfig recomputed = everything();
  recomputed.recompute = true;
  CHECK(allocations_per_step<double>(recomputed, LongName()) == nothing);
#if !LOOPLAB_WITH_ONEDNN
  CHECK(allocations_per_step<float>(everything(), LongName()) == nothing);
#endif
}

TEST_CASE("a step in steady state allocates equally often each time where products are oneDNN's") {
  for (const bool long_name : {false, true}) {
    const std::vector<long> counts =
        long_name ? allocations_per_step<float>(everything(), LongName())
                  : allocations_per_step<float>(everything(), looplab_test::small_task());
    INFO(counts[0] << " allocations a step");
    CHECK(counts == std::vector<long>(10, counts[0]));
  }
}

#endif
