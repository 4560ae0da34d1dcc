# SPDX-License-Identifier: MIT
"""Times whole training steps in JAX: forward, loss, backward, clipping, AdamW, in one jit.

    python jax_step.py --d-model 64 --loops 4 --threads 2        prints one JSON line
    python jax_step.py ... --dtype bfloat16 --serve              answers lines `steps N`

The model is that of bench_step.cpp: one layer of Ouro's kind (--feed-forward swiglu) or of GPT-2's
with rotary positions (gelu). The whole step is one compiled function whose weights and moments are
donated, so they are updated in place. Loops are unrolled or scanned, attention is made of products
and softmax or jax.nn.dot_product_attention; all are tried before the clock starts and the fastest is
taken. Before that, loss and gradients are compared with files in ../golden, which PyTorch wrote in
float64. A step reads one of a few batches made beforehand.

--threads N binds the process to the first N processors it may use: XLA makes a thread for each, and
bounds what runs at once better than any flag (its own thread pool leaves out the calling thread).
--dtype bfloat16: weights, gradients and moments stay float32; products with weights and of attention
round their factors to bfloat16 and sum in float32.
"""

import collections
import dataclasses
import functools
import itertools
import json
import os
import pathlib
import sys
import time

import jax
import jax.numpy as jnp
import numpy
import step_server

GOLDEN = pathlib.Path(__file__).resolve().parent.parent / "golden"
# Largest difference of loss and gradients from the golden files, relative to the largest entry.
TOLERANCE = dict(float32=1e-4, bfloat16=0.1)


@dataclasses.dataclass(frozen=True)
class Idioms:
    """The choices for which no rule says which is faster on a given machine."""

    scanned: bool = False  # loops by lax.scan, or unrolled
    builtin_attention: bool = False  # jax.nn.dot_product_attention, or products and softmax


@dataclasses.dataclass(frozen=True)
class Shape:
    """What the compiled function depends on besides its arguments."""

    num_heads: int
    block_layers: int
    loops: int
    gelu: bool
    dtype: str


def bind_to_processors(threads):
    """Before JAX's first use: XLA then makes its thread pool for the processors that are left."""
    usable = sorted(os.sched_getaffinity(0))
    if threads > len(usable):
        sys.exit(f"jax_step: --threads is {threads}, this process may use {len(usable)} processors")
    os.sched_setaffinity(0, usable[:threads])


def layer_sizes(d_model, d_feed_forward, gelu):
    """Shapes of one layer's parameters; names are looplab's."""
    norms = ["attention_norm", "feed_forward_norm"]
    sizes = {
        "attention.qkv.weight": (d_model, 3 * d_model),
        "attention.output.weight": (d_model, d_model),
        "feed_forward.down.weight": (d_feed_forward, d_model),
    }
    if gelu:
        sizes |= {
            "feed_forward.up.weight": (d_model, d_feed_forward),
            "feed_forward.up.bias": (d_feed_forward,),
            "feed_forward.down.bias": (d_model,),
            "attention.qkv.bias": (3 * d_model,),
            "attention.output.bias": (d_model,),
        }
        sizes |= {f"{norm}.bias": (d_model,) for norm in norms}
    else:
        norms += ["attention_post_norm", "feed_forward_post_norm"]
        sizes["feed_forward.gate_up.weight"] = (d_model, 2 * d_feed_forward)
    return sizes | {f"{norm}.gain": (d_model,) for norm in norms}


def parameter_sizes(options):
    d_model, gelu = options.d_model, options.feed_forward == "gelu"
    d_feed_forward = 4 * d_model if gelu else (11 * d_model // 4 + 15) // 16 * 16
    last = "final_norm" if gelu else "loop_norm"
    sizes = {"embedding.weight": (options.vocab, d_model), f"{last}.gain": (d_model,)}
    sizes |= {"final_norm.bias": (d_model,)} if gelu else {"head.weight": (d_model, options.vocab)}
    for layer in range(options.block_layers):
        of_layer = layer_sizes(d_model, d_feed_forward, gelu)
        sizes |= {f"block.{layer}.{name}": size for name, size in of_layer.items()}
    return sizes


def initial_parameters(options, random):
    """Matrices from N(0, 0.02^2), gains 1, biases 0."""
    parameters = {}
    for name, size in parameter_sizes(options).items():
        if name.endswith("weight"):
            value = 0.02 * random.standard_normal(size)
        else:
            value = numpy.full(size, float(name.endswith("gain")))
        parameters[name] = value.astype(numpy.float32)
    return parameters


def norm(x, parameters, name, gelu):
    gain, bias = parameters[f"{name}.gain"], parameters.get(f"{name}.bias")
    if gelu:
        x = x - x.mean(-1, keepdims=True)
    y = x * jax.lax.rsqrt((x * x).mean(-1, keepdims=True) + (1e-5 if gelu else 1e-6)) * gain
    return y if bias is None else y + bias


def product(x, parameters, name, dtype):
    weight, bias = parameters[f"{name}.weight"], parameters.get(f"{name}.bias")
    y = jnp.matmul(x.astype(dtype), weight.astype(dtype), preferred_element_type=jnp.float32)
    return y if bias is None else y + bias


def rotated(x):
    """Rotary embedding of x [B, T, H, K]: pairs (i, i + K/2) turn by t * 10000^(-2i/K)."""
    half = x.shape[-1] // 2
    frequency = 10000.0 ** (-numpy.arange(half) / half)
    angle = numpy.arange(x.shape[1])[:, None, None] * frequency
    cos, sin = (f(angle).astype(numpy.float32) for f in (numpy.cos, numpy.sin))
    first, second = x[..., :half], x[..., half:]
    return jnp.concatenate([first * cos - second * sin, second * cos + first * sin], -1)


def attention(x, parameters, name, shape, idioms):
    B, T, D = x.shape
    heads = product(x, parameters, f"{name}.qkv", shape.dtype).reshape(B, T, 3, shape.num_heads, -1)
    q, k, v = (heads[:, :, i] for i in range(3))  # [B, T, H, K]
    q, k, v = (a.astype(shape.dtype) for a in (rotated(q), rotated(k), v))
    if idioms.builtin_attention:
        mixed = jax.nn.dot_product_attention(q, k, v, is_causal=True)
    else:
        sums = functools.partial(jnp.einsum, preferred_element_type=jnp.float32)
        scores = sums("bqhk,bthk->bhqt", q, k) * q.shape[-1] ** -0.5
        scores = jnp.where(numpy.tri(T, dtype=bool), scores, -jnp.inf)
        mixed = sums("bhqt,bthk->bqhk", jax.nn.softmax(scores).astype(shape.dtype), v)
    return product(mixed.reshape(B, T, D), parameters, f"{name}.output", shape.dtype)


def feed_forward(x, parameters, name, shape, _):
    if shape.gelu:
        up = product(x, parameters, f"{name}.up", shape.dtype)
        hidden = jax.nn.gelu(up, approximate=True)
    else:
        gate, up = jnp.split(product(x, parameters, f"{name}.gate_up", shape.dtype), 2, -1)
        hidden = jax.nn.silu(gate) * up
    return product(hidden, parameters, f"{name}.down", shape.dtype)


def one_loop(s, parameters, shape, idioms):
    for layer in range(shape.block_layers):
        for part in (attention, feed_forward):
            name = f"block.{layer}.{part.__name__}"
            normed = norm(s, parameters, f"{name}_norm", shape.gelu)
            update = part(normed, parameters, name, shape, idioms)
            s = s + (update if shape.gelu else norm(update, parameters, f"{name}_post_norm", False))
    return s if shape.gelu else norm(s, parameters, "loop_norm", False)


def mean_loss(parameters, tokens, targets, shape, idioms):
    """Mean negative log likelihood over targets that are not negative."""
    s = parameters["embedding.weight"][tokens]
    if idioms.scanned:
        again = lambda s, _: (one_loop(s, parameters, shape, idioms), None)  # noqa: E731
        s, _ = jax.lax.scan(again, s, length=shape.loops)
    else:
        for _ in range(shape.loops):
            s = one_loop(s, parameters, shape, idioms)
    if shape.gelu:
        s = norm(s, parameters, "final_norm", True)
        parameters = parameters | {"head.weight": parameters["embedding.weight"].T}
    logits = product(s, parameters, "head", shape.dtype)
    picked = jnp.take_along_axis(logits, jnp.maximum(targets, 0)[..., None], -1)[..., 0]
    nll = jax.nn.logsumexp(logits, -1) - picked
    scored = targets >= 0
    return jnp.where(scored, nll, 0).sum() / scored.sum()


def train_step(state, tokens, targets, shape, idioms):
    """Loss and the state after one step of clipped AdamW that decays matrices only."""
    step, parameters, first, second = state
    loss, gradients = jax.value_and_grad(mean_loss)(parameters, tokens, targets, shape, idioms)
    length = jnp.sqrt(sum((g * g).sum() for g in gradients.values()))
    clip = jnp.minimum(1.0, 1.0 / (length + 1e-6))
    step, rate = step + 1, 1e-3
    correction1, correction2 = 1 - 0.9**step, 1 - 0.98**step
    for name, value in parameters.items():
        g = gradients[name] * clip
        m = first[name] = 0.9 * first[name] + 0.1 * g
        v = second[name] = 0.98 * second[name] + 0.02 * g * g
        decay = 0.1 if value.ndim > 1 else 0.0
        update = m / correction1 / (jnp.sqrt(v / correction2) + 1e-8)
        parameters[name] = value - rate * (update + decay * value)
    return loss, (step, parameters, first, second)


class Candidate:
    """A compiled step with its state and batches, and a clock around its steps."""

    def __init__(self, parameters, batches, shape, idioms):
        self.idioms = idioms
        self.batches = itertools.cycle(batches)
        function = functools.partial(train_step, shape=shape, idioms=idioms)
        self.step = jax.jit(function, donate_argnums=0)
        zeros = [{name: jnp.zeros_like(p) for name, p in parameters.items()} for _ in range(2)]
        copies = {name: jnp.array(p) for name, p in parameters.items()}
        self.state = (jnp.float32(0), copies, *zeros)

    def seconds(self, steps):
        begin = time.perf_counter()
        for _ in range(steps):
            loss, self.state = self.step(self.state, *next(self.batches))
        jax.block_until_ready((loss, self.state))
        return time.perf_counter() - begin


def read_golden(name):
    """Tensors and configuration of a golden file."""
    data = (GOLDEN / f"{name}.safetensors").read_bytes()
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])
    types = collections.defaultdict(lambda: "<f8", F32="<f4", I32="<i4", I64="<i8")
    config = json.loads(header.pop("__metadata__")["config"])
    tensors = {}
    for tensor, entry in header.items():
        begin, end = (8 + size + at for at in entry["data_offsets"])
        flat = numpy.frombuffer(data[begin:end], types[entry["dtype"]])
        tensors[tensor] = flat.reshape(entry["shape"])
    return tensors, config


def check_same_function(gelu, dtype, idioms):
    """Ends the program unless loss and gradients are those of a golden file."""
    tensors, config = read_golden("gpt2_rope_2x2" if gelu else "ouro_1x4")
    layers, loops = config["num_block_layers"], config["num_loops"]
    shape = Shape(config["num_heads"], layers, loops, gelu, dtype)
    parameters = {n[6:]: t.astype("f4") for n, t in tensors.items() if n.startswith("param.")}
    value_and_gradients = jax.jit(
        jax.value_and_grad(functools.partial(mean_loss, shape=shape, idioms=idioms))
    )
    loss, gradients = value_and_gradients(parameters, tensors["tokens"], tensors["targets"])
    wanted = tensors["loss"].item()
    worst = abs(loss.item() - wanted) / wanted
    for name, gradient in gradients.items():
        wanted = tensors[f"grad.{name}"]
        worst = max(worst, abs(gradient - wanted).max() / abs(wanted).max())
    if not worst < TOLERANCE[dtype]:
        sys.exit(f"jax_step: {idioms} differs from the golden file by {worst}")


def fastest_candidate(options, rounds=5):
    """Checks every idiom; the one with the shortest step, measured in turn."""
    random = numpy.random.default_rng(1)
    gelu = options.feed_forward == "gelu"
    heads = options.d_model // 32
    shape = Shape(heads, options.block_layers, options.loops, gelu, options.dtype)
    parameters = initial_parameters(options, random)
    size = (options.tokens // options.seq, options.seq + 1)
    texts = [random.integers(options.vocab, size=size, dtype=numpy.int32) for _ in range(8)]
    batches = [(jnp.array(text[:, :-1]), jnp.array(text[:, 1:])) for text in texts]
    candidates = []
    for choice in itertools.product((False, True), repeat=2):
        check_same_function(gelu, options.dtype, Idioms(*choice))
        candidates.append(Candidate(parameters, batches, shape, Idioms(*choice)))
        candidates[-1].seconds(2)
    times = [[candidate.seconds(1) for candidate in candidates] for _ in range(rounds)]
    shortest = [min(its_times) for its_times in zip(*times)]
    return candidates[shortest.index(min(shortest))]


def main():
    options = step_server.parse_step_options(step_server.step_parser("times JAX's training step"))
    bind_to_processors(options.threads)
    step_server.keep_freed_memory()
    candidate = fastest_candidate(options)
    identity = dict(
        jax=jax.__version__,
        idioms=dataclasses.asdict(candidate.idioms),
        parameters=sum(p.size for p in candidate.state[1].values()),
    )
    step_server.run(options, candidate.seconds, identity)


if __name__ == "__main__":
    main()
