// SPDX-License-Identifier: MIT
//
// Umbrella header; excludes `lab` (runs claims, needs Boost) and `stats`.
//
// To read the library, begin with core/tensor.hpp, kernels/attention.hpp, autograd/tape.hpp,
// autograd/ops_math.hpp, models/looped_transformer.hpp, tasks/k_hop_induction.hpp,
// train/trainer.hpp.
#pragma once

#include "looplab/version.hpp"

// core: errors, tensors, arena, random streams, threads
#include "looplab/core/arena.hpp"
#include "looplab/core/config.hpp"
#include "looplab/core/error.hpp"
#include "looplab/core/parallel.hpp"
#include "looplab/core/processor.hpp"
#include "looplab/core/random.hpp"
#include "looplab/core/tensor.hpp"

// io: files
#include "looplab/io/atomic_file.hpp"
#include "looplab/io/config_json.hpp"
#include "looplab/io/json_lines.hpp"
#include "looplab/io/npy.hpp"
#include "looplab/io/ouro_config.hpp"
#include "looplab/io/safetensors.hpp"
#include "looplab/io/sharded_safetensors.hpp"
#include "looplab/io/window_file.hpp"

// kernels: forward and backward functions on arrays, no graph
#include "looplab/kernels/adamw.hpp"
#include "looplab/kernels/attention.hpp"
#include "looplab/kernels/bfloat16.hpp"
#include "looplab/kernels/cached_attention.hpp"
#include "looplab/kernels/compute_type.hpp"
#include "looplab/kernels/cross_entropy.hpp"
#include "looplab/kernels/embedding.hpp"
#include "looplab/kernels/exit_gate.hpp"
#include "looplab/kernels/matmul.hpp"
#include "looplab/kernels/normalization.hpp"
#include "looplab/kernels/onednn.hpp"
#include "looplab/kernels/panel_product.hpp"
#include "looplab/kernels/pointwise.hpp"
#include "looplab/kernels/product_choice.hpp"
#include "looplab/kernels/rotary.hpp"
#include "looplab/kernels/simd.hpp"
#include "looplab/kernels/tile.hpp"

// autograd: the tape, each operation beside its gradient
#include "looplab/autograd/gradcheck.hpp"
#include "looplab/autograd/ops_exit.hpp"
#include "looplab/autograd/ops_math.hpp"
#include "looplab/autograd/ops_nn.hpp"
#include "looplab/autograd/ops_pointwise.hpp"
#include "looplab/autograd/recompute.hpp"
#include "looplab/autograd/tape.hpp"

// nn: parameters and layers
#include "looplab/nn/feed_forward.hpp"
#include "looplab/nn/init.hpp"
#include "looplab/nn/linear.hpp"
#include "looplab/nn/multi_head_attention.hpp"
#include "looplab/nn/norm.hpp"
#include "looplab/nn/parameter.hpp"
#include "looplab/nn/parameter_shape.hpp"

// models: the looped transformer
#include "looplab/models/activation_memory.hpp"
#include "looplab/models/adaptive_loops.hpp"
#include "looplab/models/block_config.hpp"
#include "looplab/models/decoder.hpp"
#include "looplab/models/exit_rule.hpp"
#include "looplab/models/exit_rules.hpp"
#include "looplab/models/generate.hpp"
#include "looplab/models/key_value_cache.hpp"
#include "looplab/models/looped_transformer.hpp"
#include "looplab/models/looped_transformer_config.hpp"
#include "looplab/models/model_cost.hpp"
#include "looplab/models/model_shapes.hpp"
#include "looplab/models/reachability_construction.hpp"
#include "looplab/models/transformer_block.hpp"

// tasks: synthetic data, generated without files or network
#include "looplab/tasks/epoch_order.hpp"
#include "looplab/tasks/fact_composition.hpp"
#include "looplab/tasks/graph_reachability.hpp"
#include "looplab/tasks/k_hop_induction.hpp"
#include "looplab/tasks/modular_arithmetic.hpp"
#include "looplab/tasks/multi_hop_config.hpp"
#include "looplab/tasks/multi_hop_facts.hpp"
#include "looplab/tasks/permutation_relations.hpp"
#include "looplab/tasks/question_window.hpp"
#include "looplab/tasks/random_permutation.hpp"
#include "looplab/tasks/recorded.hpp"
#include "looplab/tasks/task.hpp"
#include "looplab/tasks/biographies/biographies.hpp"
#include "looplab/tasks/biographies/biographies_config.hpp"
#include "looplab/tasks/biographies/biography_sentences.hpp"
#include "looplab/tasks/biographies/biography_sentences_config.hpp"
#include "looplab/tasks/biographies/capacity.hpp"
#include "looplab/tasks/biographies/life_sentences.hpp"
#include "looplab/tasks/biographies/people.hpp"
#include "looplab/tasks/biographies/person_names.hpp"
#include "looplab/tasks/biographies/places_of_life.hpp"
#include "looplab/tasks/biographies/vocabulary.hpp"
#include "looplab/tasks/biographies/word_list.hpp"

// inspect: what happens inside the loops
#include "looplab/inspect/linear_probe.hpp"
#include "looplab/inspect/loop_agreement.hpp"
#include "looplab/inspect/loop_predictions.hpp"
#include "looplab/inspect/loop_trace.hpp"

// train: the loop around the model
#include "looplab/train/checkpoint.hpp"
#include "looplab/train/chunk.hpp"
#include "looplab/train/evaluate.hpp"
#include "looplab/train/evaluate_exits.hpp"
#include "looplab/train/gate_config.hpp"
#include "looplab/train/gradient_slots.hpp"
#include "looplab/train/interrupt.hpp"
#include "looplab/train/loop_schedule.hpp"
#include "looplab/train/optimizer.hpp"
#include "looplab/train/ouro_checkpoint.hpp"
#include "looplab/train/progress.hpp"
#include "looplab/train/run_environment.hpp"
#include "looplab/train/schedule.hpp"
#include "looplab/train/trainer.hpp"
#include "looplab/train/trainer_config.hpp"
