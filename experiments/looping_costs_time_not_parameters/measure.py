# SPDX-License-Identifier: MIT
"""What loops cost: time per token, optimizer time and memory over width and number of loops.

    python measure.py FOLDER_OF_BENCHMARKS --out FOLDER       called by measure.sh

Writes results.jsonl (a line for the machine, one for each width and number of loops, one for the
line fitted over the loops of a width), figure.svg, and prints tables and verdicts.
"""

import argparse
import configparser
import importlib.util
import json
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "tests" / "bench"))
import compare_steps  # noqa: E402

COLOURS = ["#0072B2", "#D55E00", "#009E73"]  # those of lab/figures/figure.hpp
LOOPLAB, PYTORCH = "looplab float32", "pytorch float32"
PAIR = f"{LOOPLAB} / {PYTORCH}"


def output_of(*command):
    """The JSON line a program prints; its message ends this one if it fails."""
    process = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    if process.returncode != 0:
        sys.exit(f"measure: `{' '.join(map(str, command))}`: {process.stderr.strip()}")
    return json.loads(process.stdout)


def measure_machine(options):
    row = output_of(options.benches / "bench_machine", *["--smoke"] * options.smoke)
    peaks = {entry["threads"]: entry["fp32_gflops"]["median"] for entry in row["peaks"]}
    if options.threads not in peaks:
        sys.exit(f"measure: --threads is {options.threads}, expected one of {sorted(peaks)}")
    return dict(kind="machine", commit=compare_steps.commit(), **row), peaks[options.threads]


def one_shot(options, shape):
    """What bench_step says of a step's parts and memory."""
    command = [options.benches / "bench_step", "--threads", options.threads, "--rounds", 5]
    for key, value in shape.items():
        command += [f"--{key.replace('_', '-')}", value]
    return output_of(*command)


def measure_width(options, d_model, peak):
    """One row for each number of loops, all measured in turn."""
    shapes = [
        dict(zip(compare_steps.SHAPE, (d_model, loops, options.seq, "swiglu", options.tokens, 512)))
        for loops in options.loops
    ]
    contenders = [(LOOPLAB, options.threads)]
    if options.pytorch:
        contenders += [(PYTORCH, threads) for threads in sorted({1, options.threads})]
    bench = options.benches / "bench_step"
    servers = [[compare_steps.Server(bench, *who, shape) for who in contenders] for shape in shapes]
    compare_steps.measure_in_turn(sum(servers, []), options.rounds, options.seconds)
    rows = []
    for shape, of_shape in zip(shapes, servers):
        row = dict(shape, contenders=[server.summary() for server in of_shape])
        for server in of_shape:
            server.close()
        rows.append(dict(kind="cost", **row, ratios=compare_steps.ratios(row)))
    parts = [[one_shot(options, shape) for shape in shapes] for _ in range(options.repeats)]
    for row, of_shape in zip(rows, zip(*parts)):
        ours = compare_steps.best(row, LOOPLAB)
        row["seconds_per_token"] = 1 / ours["median"]
        row["share_of_peak"] = ours["median"] * ours["flop_per_token"] * 1e-9 / peak
        for name in ("parameters", "parameter_state_bytes"):
            row[name] = of_shape[0][name]
        row["update_seconds"] = statistics.median(part["update_seconds"] for part in of_shape)
    return rows


def fit_line(xs, ys):
    """a, b of y = a + b x with the least squared relative deviations, and the largest of them."""
    weights = [1 / y**2 for y in ys]
    total = sum(weights)
    mean_x = sum(w * x for w, x in zip(weights, xs)) / total
    mean_y = sum(w * y for w, y in zip(weights, ys)) / total
    slope = sum(w * (x - mean_x) * (y - mean_y) for w, x, y in zip(weights, xs, ys))
    slope /= sum(w * (x - mean_x) ** 2 for w, x in zip(weights, xs))
    start = mean_y - slope * mean_x
    return start, slope, max(abs((start + slope * x) / y - 1) for x, y in zip(xs, ys))


def change(values):
    """Largest relative deviation from the median."""
    middle = statistics.median(values)
    return max(abs(value / middle - 1) for value in values)


def summarize_width(rows):
    loops = [row["loops"] for row in rows]
    start, slope, deviation = fit_line(loops, [row["seconds_per_token"] for row in rows])
    return {
        "kind": "fit",
        "d_model": rows[0]["d_model"],
        "seconds_per_token": start,
        "seconds_per_token_and_loop": slope,
        "deviation from a line": deviation,
        "change of parameters": change([row["parameters"] for row in rows]),
        "change of parameter memory": change([row["parameter_state_bytes"] for row in rows]),
        "change of optimizer time": change([row["update_seconds"] for row in rows]),
    }


def cost_table(rows):
    head = ["d", "R", "thousand tokens/s", "of the machine's peak", "us per token", "parameters"]
    head += ["MB of parameters, moments, gradients", "optimizer ms", "against PyTorch"]
    lines = []
    for row in rows:
        ratio = row["ratios"].get(PAIR)
        lines.append(
            [
                row["d_model"],
                row["loops"],
                compare_steps.thousands(compare_steps.best(row, LOOPLAB)),
                f"{100 * row['share_of_peak']:.0f} %",
                f"{1e6 * row['seconds_per_token']:.2f}",
                f"{row['parameters']:,}",
                f"{row['parameter_state_bytes'] / 1e6:.1f}",
                f"{1e3 * row['update_seconds']:.2f}",
                f"{ratio:.2f}x" if ratio else "",
            ]
        )
    return compare_steps.markdown(head, lines)


def verdict_table(fits, is_smoke):
    expected = configparser.ConfigParser(interpolation=None)
    expected.read(HERE / "expected.ini")
    lines = []
    for name in expected.sections():
        section = expected[name]
        values = {fit["d_model"]: fit[section["metric"]] for fit in fits}
        measured = ", ".join(f"{100 * value:.1f} % (d={d})" for d, value in values.items())
        holds = max(values.values()) <= section.getfloat("at_most")
        verdict = "reproduced" if holds else "not reproduced"
        verdict = "too short to tell" if is_smoke else verdict
        lines.append([section["expected"], f"{section['metric']}: {measured}", verdict])
    return compare_steps.markdown(["expected", "measured", "verdict"], lines)


def panel(rows, label, value, settings=""):
    """gnuplot commands: a line per width over the number of loops; '' without values."""
    data, plots = "", []
    for width, colour in zip(dict.fromkeys(row["d_model"] for row in rows), COLOURS):
        points = [(row["loops"], value(row)) for row in rows if row["d_model"] == width]
        points = [f"{x} {y}\n" for x, y in points if y is not None]
        if not points:
            continue
        data += f"$d{width} << EOD\n{''.join(points)}EOD\n"
        plots.append(
            f"$d{width} with linespoints pt 7 ps 0.7 lw 1.8 lc rgb '{colour}' title 'd = {width}'"
        )
    if not plots:
        return ""
    return f"{data}set ylabel '{label}'\n{settings}plot {', '.join(plots)}\n"


def figure_script(rows, peak, threads):
    def tokens(row):
        return compare_steps.best(row, LOOPLAB)["median"] / 1000

    share = f"share of the measured peak, {peak:.0f} GFLOP/s, %"
    from_zero = "unset logscale y\nset yrange [0:*]\n"
    panels = [
        panel(rows, "thousand tokens per second", tokens, "set logscale y\n"),
        panel(rows, share, lambda row: 100 * row["share_of_peak"], from_zero),
        panel(rows, "speed, PyTorch eager = 1", lambda row: row["ratios"].get(PAIR), from_zero),
    ]
    panels = [commands for commands in panels if commands]
    loops = sorted({row["loops"] for row in rows})
    ticks = ", ".join(map(str, loops))
    return (
        f"set terminal svg size {370 * len(panels)},360 dynamic noenhanced font 'Helvetica,14' "
        "background 'white' name 'looplab'\nset output 'figure.svg'\n"
        "set border 3 lc rgb '#555555'\nset tics nomirror out scale 0.5\n"
        "set grid y lt 1 lw 0.5 lc rgb '#dddddd'\n"
        f"set multiplot layout 1,{len(panels)}\nset logscale x 2\nset xtics ({ticks})\n"
        f"set xrange [{0.9 * loops[0]}:{1.1 * loops[-1]}]\n"
        f"set xlabel 'R, loops ({threads} thread{'s' * (threads > 1)})'\n"
        "set key outside top horizontal\n" + "".join(panels) + "unset multiplot\n"
    )


def draw(script, folder):
    """figure.svg from figure.gp, by gnuplot."""
    (folder / "figure.gp").write_text(script)
    try:
        done = subprocess.run(["gnuplot", "figure.gp"], cwd=folder, capture_output=True, text=True)
    except OSError:
        print("gnuplot is not installed, so there is no figure.")
        return
    if done.returncode != 0:
        sys.exit(f"measure: gnuplot failed: {done.stderr.strip()}")
    print(f"Drawn: {folder / 'figure.svg'}")


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("benches", type=pathlib.Path, help="where bench_step and bench_machine are")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--no-pytorch", action="store_true")
    parser.add_argument("--smoke", action="store_true", help="seconds: shows that everything runs")
    options = parser.parse_args()
    options.seq = 64
    options.widths, options.loops, options.tokens = [64, 128, 256], [1, 2, 4, 8], 4096
    options.rounds, options.seconds, options.repeats = 7, 0.5, 3
    if options.smoke:
        options.widths, options.loops, options.tokens = [32], [1, 2, 3], 256
        options.rounds, options.seconds, options.repeats = 2, 0.05, 1
    has_pytorch = all(map(importlib.util.find_spec, ("torch", "safetensors")))
    options.pytorch = has_pytorch and not options.no_pytorch
    return options


def main():
    options = parse_options()
    machine, peak = measure_machine(options)
    records, rows, fits = [machine], [], []
    for d_model in options.widths:
        print(f"Measuring d = {d_model}", flush=True)
        of_width = measure_width(options, d_model, peak)
        rows += of_width
        fits.append(summarize_width(of_width))
        records += [*of_width, fits[-1]]
    results = options.out / "results.jsonl"
    results.write_text("".join(json.dumps(record) + "\n" for record in records))
    print(f"\n{cost_table(rows)}\n\n{verdict_table(fits, options.smoke)}\n")
    draw(figure_script(rows, peak, options.threads), options.out)
    print(f"Kept: {results}")


if __name__ == "__main__":
    main()
