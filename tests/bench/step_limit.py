# SPDX-License-Identifier: MIT
"""The upper limit of a training step on this machine, in tokens per second, from its measured peaks.

    bench_machine > machine.json
    step_limit.py machine.json [--out limits.jsonl] [--d-model 64 128 256] [--loops 1 4 8] ...

The model is the one bench_step times: one block layer applied R times, heads of 32, a step of
4096 tokens. A step is the sum of its parts, each as fast as the machine can do it, and
parts do not overlap. Within a part, arithmetic and memory overlap fully, and memory is the second
level cache (chunks are cut to stay there):

    time of a part = max(flop / peak + exponentials / rate of exp,  4 bytes x floats / rate of copies)

    products     6 flop per weight and token at the peak of multiply-adds on registers: float32, or
                 bfloat16's dot products (conversions cost nothing)
    attention    per head T (T+1) / 2 scores: 2 products forward, 5 backward (P again), 2 exponentials
    elementwise  norms: 2 floats forward, 4 backward (into a residual's gradient) or 3; residual sums:
                 3 forward; SwiGLU: 3 + 5 per hidden unit, GELU: 2 + 3, an exponential each way;
                 biases: written once, their gradient read once; embedding: 2 + 3.
                 Rotary turns are part of reading q and k.
    loss         4 floats and one exponential per logit
    adamw        28 bytes per parameter (value, moments, gradient read, three of them written) at the
                 rate of updates in place in the smallest cache that holds the 16 bytes of each

With two threads every limit doubles: nothing is shared but memory, which is not what limits.
"""

import argparse
import itertools
import json
import pathlib
import sys

FLOAT_BYTES = 4


class Machine:
    """Peaks of one thread, as bench_machine printed them."""

    def __init__(self, record):
        self.cpu = record["environment"]["cpu"]
        self.cache_bytes = dict(l2=record["l2_bytes"], l3=record["l3_bytes"])
        (self.peaks,) = [p for p in record["peaks"] if p["threads"] == 1]

    def rate(self, name):
        """Units per second."""
        return 1e9 * self.peaks[name]["median"]

    def flops(self, product_type):
        rate = self.rate(dict(float32="fp32_gflops", bfloat16="bf16_gflops")[product_type])
        if rate == 0:
            sys.exit("step_limit: this machine, or this build of bench_machine, has no bfloat16")
        return rate

    def part(self, flop=0.0, exponentials=0.0, floats=0.0, product_type="float32"):
        """Seconds of a part of a step."""
        compute = flop / self.flops(product_type) + exponentials / self.rate("exp_gelements")
        return max(compute, FLOAT_BYTES * floats / self.rate("l2_copy_gbytes"))

    def update(self, parameters):
        """Seconds of one optimizer pass."""
        level = next((n for n, size in self.cache_bytes.items() if 16 * parameters <= size), "dram")
        return 28 * parameters / self.rate(f"{level}_update_gbytes")


def hidden_width(d, feed_forward):
    """4 d for GELU; for SwiGLU 2.75 d up to a multiple of 16."""
    return 4 * d if feed_forward == "gelu" else (11 * d // 4 + 15) // 16 * 16


def limit(machine, d, loops, seq, feed_forward, product_type, tokens, vocab):
    """Seconds per token of each part, on one thread, and the number of parameters."""
    gelu = feed_forward == "gelu"
    hidden = hidden_width(d, feed_forward)
    block = 4 * d * d + (2 if gelu else 3) * d * hidden
    scores = d / 32 * (seq + 1) / 2  # of one token, all heads
    products = machine.part(flop=6 * (loops * block + d * vocab), product_type=product_type)
    attention = machine.part(flop=7 * 2 * 32 * scores, exponentials=2 * scores)
    if gelu:  # GPT-2's block: two layer norms, biases, one norm at the end
        activation = machine.part(exponentials=2 * hidden, floats=5 * hidden)
        in_loop, after = 2 * 6 * d + 2 * 3 * d + 2 * (5 * d + hidden), 5 * d
    else:  # Ouro's: a norm before and after each half, one more at the end of every loop
        activation = machine.part(exponentials=2 * hidden, floats=8 * hidden)
        in_loop, after = 2 * 6 * d + 2 * 5 * d + 2 * 3 * d + 5 * d, 0
    rows = machine.part(floats=loops * in_loop + after + 5 * d)
    parameters = block + (1 if gelu else 2) * d * vocab  # GPT-2's head is its embedding
    parts = dict(
        products=products,
        attention=loops * attention,
        elementwise=rows + loops * activation,
        loss=machine.part(exponentials=vocab, floats=4 * vocab),
        adamw=machine.update(parameters) / tokens,
    )
    return parts, parameters


def rows_of(machine, options):
    shapes = itertools.product(
        options.feed_forward, options.product_type, options.d_model, options.seq, options.loops
    )
    for feed_forward, product_type, d, seq, loops in shapes:
        parts, parameters = limit(
            machine, d, loops, seq, feed_forward, product_type, options.tokens, options.vocab
        )
        for threads in options.threads:
            yield dict(
                d_model=d,
                loops=loops,
                seq=seq,
                feed_forward=feed_forward,
                product_type=product_type,
                threads=threads,
                limit_tokens_per_second=threads / sum(parts.values()),
                tokens=options.tokens,
                vocab=options.vocab,
                parameters=parameters,
                **{f"{name}_us": 1e6 * seconds for name, seconds in parts.items()},
                cpu=machine.cpu,
            )


def print_table(rows):
    parts = [key for key in rows[0] if key.endswith("_us")]
    print(f"{'block':8}{'products':10}{'d':>5}{'T':>5}{'R':>4}{'threads':>9}{'tokens/s':>11}  ", end="")
    print("us per token on one thread: " + ", ".join(name[:-3] for name in parts))
    for row in rows:
        print(
            f"{row['feed_forward']:8}{row['product_type']:10}{row['d_model']:5}{row['seq']:5}"
            f"{row['loops']:4}{row['threads']:9}{row['limit_tokens_per_second']:11.0f}  "
            + " ".join(f"{row[name]:7.3f}" for name in parts)
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("machine", type=pathlib.Path, help="the line that bench_machine printed")
    parser.add_argument("--out", type=pathlib.Path, help="JSON lines are written here")
    parser.add_argument("--d-model", type=int, nargs="+", default=[64, 128, 256])
    parser.add_argument("--loops", type=int, nargs="+", default=[1, 4, 8])
    parser.add_argument("--seq", type=int, nargs="+", default=[32, 64])
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    names = dict(feed_forward=["swiglu", "gelu"], product_type=["float32", "bfloat16"])
    for key, values in names.items():
        option = "--" + key.replace("_", "-")
        parser.add_argument(option, nargs="+", choices=values, default=values)
    parser.add_argument("--tokens", type=int, default=4096, help="tokens per step")
    parser.add_argument("--vocab", type=int, default=512)
    options = parser.parse_args()
    rows = list(rows_of(Machine(json.loads(options.machine.read_text())), options))
    print_table(rows)
    if options.out:
        options.out.write_text("".join(json.dumps(row) + "\n" for row in rows))


if __name__ == "__main__":
    main()
