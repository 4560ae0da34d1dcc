# SPDX-License-Identifier: MIT
"""What pytorch_step.py and jax_step.py share: options, the answers to `steps N`, the allocator."""

import argparse
import ctypes
import json
import statistics
import sys


def keep_freed_memory():
    """Has glibc keep what is freed: a step then does not ask the system for its memory anew.

    PyTorch's and XLA's large temporary arrays otherwise are mapped, cleared and unmapped in every
    step. PyTorch's tuning guide recommends another allocator for the same reason.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):
        return  # another C library
    M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4
    mallopt(M_MMAP_MAX, 0)
    mallopt(M_TRIM_THRESHOLD, 2**31 - 1)


def step_parser(description):
    """The options every program of a step has; --d-model 64 --loops 4 is one layer of looplab's."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--d-model", type=int, default=64, help="a multiple of 32")
    parser.add_argument("--block-layers", type=int, default=1, help="k")
    parser.add_argument("--loops", type=int, default=4, help="R")
    parser.add_argument("--seq", type=int, default=64, help="T")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--tokens", type=int, default=4096, help="tokens of a step")
    parser.add_argument("--vocab", type=int, default=512)
    parser.add_argument("--feed-forward", choices=["swiglu", "gelu"], default="swiglu")
    parser.add_argument("--dtype", choices=["float32", "bfloat16"], default="float32")
    parser.add_argument("--rounds", type=int, default=11, help="of which the median counts")
    parser.add_argument("--serve", action="store_true", help="answer lines `steps N`")
    return parser


def parse_step_options(parser, arguments=None):
    options = parser.parse_args(arguments)
    for name in ("d_model", "block_layers", "loops", "seq", "threads", "tokens", "rounds"):
        if getattr(options, name) < 1:
            parser.error(f"--{name.replace('_', '-')} is {getattr(options, name)}, expected 1 or more")
    if options.d_model % 32 != 0:
        parser.error(f"--d-model is {options.d_model}, expected a multiple of 32")
    if options.tokens % options.seq != 0:
        parser.error(f"--tokens is {options.tokens}, expected a multiple of --seq, {options.seq}")
    return options


def run(options, seconds_of, identity):
    """Serves or prints one JSON line. `seconds_of(n)` runs n steps; `identity` is a dictionary."""
    identity = {name: v for name, v in vars(options).items() if name != "serve"} | identity
    if options.serve:
        serve(seconds_of, identity)
        return
    seconds_of(3)
    times = sorted(seconds_of(3) / 3 for _ in range(options.rounds))
    rate = dict(
        tokens_per_second=options.tokens / statistics.median(times),
        smallest=options.tokens / times[-1],
        largest=options.tokens / times[0],
    )
    print(json.dumps(identity | rate))


def serve(seconds_of, identity):
    """Says it is ready, then times what is asked for until the input ends."""
    print("ready", json.dumps(identity), flush=True)
    for line in sys.stdin:
        words = line.split()
        if len(words) != 2 or words[0] != "steps" or not words[1].isdigit():
            sys.exit(f"read {line.strip()!r}, expected: steps N")
        print(f"{seconds_of(int(words[1])):.9f}", flush=True)
