# SPDX-License-Identifier: MIT
"""Whole training steps of looplab and PyTorch in turn: the same model, batch and optimizer.

    python compare_steps.py path/to/bench_step [--rounds 7] [--out steps.jsonl] [--d-model 64 128 256]

For each shape three processes stay open: looplab and PyTorch on 1 and on 2 threads. They answer one
after the other, A B C D A B C D ..., so that a drifting machine slows all of them alike. Printed are
medians over the rounds with the smallest and largest value, and the ratio of looplab to PyTorch's
better thread count. Needs python packages torch and numpy; run it on an idle machine.
"""

import argparse
import itertools
import json
import os
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent


class Server:
    """A process that answers `steps N` with the seconds they took."""

    def __init__(self, name, command, tokens):
        self.name, self.tokens, self.rates = name, tokens, []
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        if not self.process.stdout.readline().startswith("ready"):
            sys.exit(f"compare_steps: {' '.join(map(str, command))} did not start")

    def measure(self, steps):
        self.process.stdin.write(f"steps {steps}\n")
        self.process.stdin.flush()
        self.rates.append(self.tokens * steps / float(self.process.stdout.readline()))

    def close(self):
        self.process.stdin.close()
        self.process.wait()

    def summary(self):
        return dict(
            median=round(statistics.median(self.rates)),
            smallest=round(min(self.rates)),
            largest=round(max(self.rates)),
        )


def servers_for(options, d, loops, seq):
    tokens = options.tokens
    for threads in options.threads:
        ours = [options.bench, d, loops, seq, threads, tokens, options.vocab, "serve"]
        yield Server(f"looplab {threads}", list(map(str, ours)), tokens)
        theirs = [sys.executable, HERE / "pytorch_step.py", "--d-model", d, "--loops", loops]
        theirs += ["--seq", seq, "--batch", tokens, "--vocab", options.vocab]
        theirs += ["--threads", threads, "--serve"]
        yield Server(f"pytorch {threads}", list(map(str, theirs)), tokens)


def measure(options, d, loops, seq):
    servers = list(servers_for(options, d, loops, seq))
    steps = max(1, round(16 / (d / 64) ** 2 / loops))  # about as long for every shape
    for _ in range(options.rounds):
        for server in servers:
            server.measure(steps)
    for server in servers:
        server.close()
    results = {server.name: server.summary() for server in servers}
    best = max(r["median"] for name, r in results.items() if name.startswith("pytorch"))
    ratios = {
        f"ratio {n}": round(results[f"looplab {n}"]["median"] / best, 2) for n in options.threads
    }
    return dict(d_model=d, loops=loops, seq=seq, **results, **ratios)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bench", help="the program bench_step")
    parser.add_argument("--d-model", type=int, nargs="+", default=[64, 128, 256])
    parser.add_argument("--loops", type=int, nargs="+", default=[1, 4])
    parser.add_argument("--seq", type=int, nargs="+", default=[32, 64])
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--tokens", type=int, default=4096, help="tokens per step")
    parser.add_argument("--vocab", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--out", type=pathlib.Path, help="JSON lines are appended here")
    options = parser.parse_args()
    print(f"load average {os.getloadavg()[0]:.2f}; tokens/s, median (smallest - largest)")
    for d, loops, seq in itertools.product(options.d_model, options.loops, options.seq):
        row = measure(options, d, loops, seq)
        cells = [f"{k} {v['median']} ({v['smallest']}-{v['largest']})" for k, v in row.items()
                 if isinstance(v, dict)]  # fmt: skip
        ratios = [f"{k[6:]} thread: {v}x" for k, v in row.items() if k.startswith("ratio")]
        print(f"d={d} R={loops} T={seq}: ", "; ".join(cells), " | ", ", ".join(ratios), flush=True)
        if options.out:
            with options.out.open("a") as out:
                out.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
