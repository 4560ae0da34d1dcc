# SPDX-License-Identifier: MIT
"""Whole training steps of looplab, PyTorch and JAX in turn: the same model, batch and optimizer.

    python compare_steps.py path/to/bench_step --out steps.jsonl     measures, shape by shape
    python compare_steps.py --table --out steps.jsonl                Markdown tables of what is there

For each shape a process stays open for every contender and number of threads. They answer one after
the other, A B C D A B C D ..., so that a drifting machine slows all of them alike. What counts are
medians over the rounds, shown with the smallest and largest value; ratios are those of medians, each
side with the number of threads that suits it best. A shape whose contenders are all in --out is
skipped, so a run can be stopped and continued, or split by --contenders. PyTorch and JAX are run by
the Python that runs this script: it needs torch and safetensors, or jax, where they take part. Run
it on an idle machine.
"""

import argparse
import contextlib
import itertools
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
BFLOAT16 = ["--dtype", "bfloat16"]
CONTENDERS = {  # name: (program, what is added to its arguments)
    "looplab float32": ("bench_step", []),
    "looplab bfloat16": ("bench_step", ["--product-type", "bfloat16"]),
    "looplab evaluation": ("bench_step", ["--evaluate"]),
    "pytorch float32": ("pytorch_step.py", []),
    "pytorch bfloat16": ("pytorch_step.py", BFLOAT16),
    "pytorch compiled": ("pytorch_step.py", ["--compile"]),
    "pytorch compiled bfloat16": ("pytorch_step.py", ["--compile", *BFLOAT16]),
    "jax float32": ("jax_step.py", []),
    "jax bfloat16": ("jax_step.py", BFLOAT16),
}
SHAPE = ("d_model", "loops", "seq", "feed_forward", "tokens", "vocab")


def fail(sentence):
    sys.exit(f"compare_steps: {sentence}")


class Server:
    """A process that answers `steps N` with the seconds they took."""

    def __init__(self, bench, name, threads, shape):
        program, extra = CONTENDERS[name]
        if program == "bench_step":
            command = [bench]
        else:
            command = [sys.executable, HERE / program]
        for key, value in shape.items():
            command += [f"--{key.replace('_', '-')}", value]
        command += ["--threads", threads, *extra, "--serve"]
        self.name, self.threads, self.tokens, self.rates = name, threads, shape["tokens"], []
        self.command = list(map(str, command))
        self.messages = tempfile.TemporaryFile("w+")
        try:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self.messages,
                text=True,
            )
        except OSError as error:
            fail(f"{bench} cannot be started: {error.strerror}")
        answer = self.read()
        if not answer.startswith("ready "):
            self.fail(f"answered {answer.strip()!r}, expected: ready")
        self.identity = json.loads(answer.removeprefix("ready "))

    def fail(self, what):
        self.messages.seek(0)
        last = self.messages.read().strip().splitlines()[-1:]
        fail(f"`{' '.join(self.command)}` {what}; its last message: {''.join(last) or 'none'}")

    def read(self):
        line = self.process.stdout.readline()
        if not line:
            self.fail("ended")
        return line

    def seconds(self, steps):
        self.process.stdin.write(f"steps {steps}\n")
        self.process.stdin.flush()
        return float(self.read())

    def calibrate(self, seconds):
        """Chooses how many steps are one measurement of about `seconds`."""
        self.seconds(1)
        self.steps = max(1, round(seconds / self.seconds(1)))

    def measure(self):
        self.rates.append(self.tokens * self.steps / self.seconds(self.steps))

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.messages.close()

    def summary(self):
        keep = ("torch", "jax", "idioms", "product_type_used", "flop_per_token", "peak_resident_mib")
        return dict(
            name=self.name,
            threads=self.threads,
            median=round(statistics.median(self.rates)),
            smallest=round(min(self.rates)),
            largest=round(max(self.rates)),
            rates=[round(rate) for rate in self.rates],
            parameters=self.identity["parameters"],
            **{key: self.identity[key] for key in keep if key in self.identity},
        )


def measure_in_turn(servers, rounds, seconds):
    for server in servers:
        server.calibrate(seconds)
    for _ in range(rounds):
        for server in servers:
            time.sleep(0.02)  # until threads that wait for work have gone to sleep
            server.measure()


@contextlib.contextmanager
def busy_neighbour():
    """A process that keeps the first of this process's processors busy."""
    first = min(os.sched_getaffinity(0))
    spin = f"import os\nos.sched_setaffinity(0, {{{first}}})\nwhile True: pass"
    process = subprocess.Popen([sys.executable, "-c", spin])
    try:
        yield
    finally:
        process.kill()
        process.wait()


def commit():
    words = ["git", "-C", HERE, "describe", "--always", "--dirty", "--exclude=*", "--abbrev=10"]
    try:
        return subprocess.run(words, capture_output=True, text=True).stdout.strip() or "unknown"
    except OSError:
        return "unknown"


def cpu_name():
    with contextlib.suppress(OSError), open("/proc/cpuinfo") as file:
        for line in file:
            if line.startswith("model name"):
                return line.split(": ", 1)[1].strip()
    return "unknown"


def machine(servers):
    environments = (s.identity["environment"] for s in servers if "environment" in s.identity)
    return dict(
        cpu=cpu_name(),
        processors=len(os.sched_getaffinity(0)),
        load_average=os.getloadavg()[0],
        commit=commit(),
        environment=next(environments, None),
    )


def best(row, name):
    """The contender's summary at the number of threads that suits it best; None if not in `row`."""
    candidates = [c for c in row["contenders"] if c["name"] == name]
    return max(candidates, key=lambda c: c["median"], default=None)


def ratios(row):
    """{"looplab float32 / pytorch float32": 2.31, ...}"""
    names = dict.fromkeys(c["name"] for c in row["contenders"])
    ours = [name for name in names if name in ("looplab float32", "looplab bfloat16")]
    theirs = [name for name in names if not name.startswith("looplab")]
    return {
        f"{a} / {b}": round(best(row, a)["median"] / best(row, b)["median"], 3)
        for a, b in itertools.product(ours, theirs)
    }


def measure_shape(options, shape):
    contenders = [
        (name, threads) for name in options.contenders for threads in options.threads
    ]
    servers = []
    for name, threads in contenders:
        print(f"  starting {name}, {threads} thread(s)", file=sys.stderr, flush=True)
        servers.append(Server(options.bench, name, threads, shape))
    counts = {server.identity["parameters"] for server in servers}
    if len(counts) != 1:
        fail(f"the models differ: they have {sorted(counts)} parameters")
    with busy_neighbour() if options.busy_neighbour else contextlib.nullcontext():
        measure_in_turn(servers, options.rounds, options.seconds)
    row = dict(
        **shape,
        busy_neighbour=options.busy_neighbour,
        machine=machine(servers),
        contenders=[server.summary() for server in servers],
    )
    for server in servers:
        server.close()
    return row | dict(ratios=ratios(row))


def read_rows(path):
    if path is None or not path.exists():
        return []
    return [json.loads(line) for line in path.read_text().splitlines()]


def key_of(row):
    return (*(row[name] for name in SHAPE), row["busy_neighbour"])


def is_measured(rows, shape, options):
    wanted = set(itertools.product(options.contenders, options.threads))
    key = (*shape.values(), options.busy_neighbour)
    return any(
        key_of(row) == key and wanted <= {(c["name"], c["threads"]) for c in row["contenders"]}
        for row in rows
    )


def thousands(contender):
    median, low, high = (contender[k] / 1000 for k in ("median", "smallest", "largest"))
    return f"{median:.1f} ({low:.1f} - {high:.1f})"


def markdown(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def shape_cells(row):
    return [row["d_model"], row["loops"], row["seq"], row["feed_forward"]]


def rates_table(rows):
    """Thousand tokens per second of each contender that is in any of `rows`, by shape."""
    columns = dict.fromkeys((c["name"], c["threads"]) for r in rows for c in r["contenders"])
    columns = sorted(columns, key=lambda c: (list(CONTENDERS).index(c[0]), c[1]))
    cells = {}
    for row in rows:
        of_shape = cells.setdefault(key_of(row), (shape_cells(row), {}))[1]
        of_shape |= {(c["name"], c["threads"]): thousands(c) for c in row["contenders"]}
    head = ["d", "R", "T", "block"] + [f"{name}, {n} thread{'s' * (n > 1)}" for name, n in columns]
    return markdown(head, [s + [c.get(col, "") for col in columns] for s, c in cells.values()])


def ratios_table(rows):
    """Ratios of medians, each from one interleaved run; below each the peer's number of threads."""
    columns, cells = {}, {}
    for row in rows:
        of_shape = cells.setdefault(key_of(row), (shape_cells(row), {}))[1]
        for pair, ratio in row["ratios"].items():
            columns[pair] = None
            threads = best(row, pair.split(" / ")[1])["threads"]
            of_shape[pair] = f"{ratio:.2f}x (against {threads} thread{'s' * (threads > 1)})"
    if not columns:
        return ""
    head = ["d", "R", "T", "block", *columns]
    return markdown(head, [s + [c.get(col, "") for col in columns] for s, c in cells.values()])


def print_tables(rows):
    order = sorted(rows, key=lambda row: (row["feed_forward"], *key_of(row)[:3]))
    for busy in (False, True):
        chosen = [row for row in order if row["busy_neighbour"] == busy]
        if not chosen:
            continue
        print("\nBeside a process that keeps one processor busy:\n" if busy else "")
        print("Thousand tokens per second, median (smallest - largest):\n")
        print(rates_table(chosen))
        print("\n" + ratios_table(chosen))


def parse_options():
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0],
        epilog="contenders: " + "; ".join(CONTENDERS),
    )
    parser.add_argument("bench", nargs="?", help="the program bench_step")
    parser.add_argument("--contenders", nargs="+", choices=CONTENDERS, metavar="NAME",
                        help="who takes part, such as 'looplab float32' (all; with "
                        "--busy-neighbour looplab's two)")  # fmt: skip
    parser.add_argument("--d-model", type=int, nargs="+", default=[64, 128, 256])
    parser.add_argument("--loops", type=int, nargs="+", default=[1, 4, 8])
    parser.add_argument("--seq", type=int, nargs="+", default=[64])
    parser.add_argument("--feed-forward", nargs="+", choices=["swiglu", "gelu"], default=["swiglu"])
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--tokens", type=int, default=4096, help="tokens per step")
    parser.add_argument("--vocab", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.5, help="about, for one measurement")
    parser.add_argument("--busy-neighbour", action="store_true", help="beside a spinning process")
    parser.add_argument("--out", type=pathlib.Path, help="JSON lines are appended here")
    parser.add_argument("--table", action="store_true", help="print what --out has; measure nothing")
    options = parser.parse_args()
    if options.table and options.out is None:
        parser.error("--table needs --out")
    if not options.table and options.bench is None:
        parser.error("the program bench_step is missing")
    if options.contenders is None:
        ours = [name for name in CONTENDERS if name in ("looplab float32", "looplab bfloat16")]
        options.contenders = ours if options.busy_neighbour else list(CONTENDERS)
    return options


def main():
    options = parse_options()
    rows = read_rows(options.out)
    if options.table:
        print_tables(rows)
        return
    values = (options.d_model, options.loops, options.seq, options.feed_forward)
    for chosen in itertools.product(*values):
        shape = dict(zip(SHAPE, (*chosen, options.tokens, options.vocab)))
        title = ", ".join(f"{name} {value}" for name, value in shape.items())
        if is_measured(rows, shape, options):
            print(f"{title}: is in {options.out}", flush=True)
            continue
        row = measure_shape(options, shape)
        print(f"{title}; tokens/s, median (smallest - largest):")
        for c in row["contenders"]:
            print(f"  {c['name']}, {c['threads']} thread(s): {c['median']} "
                  f"({c['smallest']} - {c['largest']})")  # fmt: skip
        for pair, ratio in row["ratios"].items():
            print(f"  {pair}: {ratio}x", flush=True)
        if options.out:
            with options.out.open("a") as out:
                out.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
