#!/usr/bin/env bash
# Measures what loops cost on this machine, and draws it. See --help.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
source "$root/experiments/setup.sh"

usage() {
  cat <<'END'
Usage: experiments/looping_costs_time_not_parameters/measure.sh [options]

Installs what is missing, builds the benchmarks for this processor, times whole training steps over
width and number of loops, compares them with what is expected, and draws figure.svg. Run it on an
idle machine: 10 minutes, half an hour with PyTorch, which takes part if the Python named by PYTHON
(default: python3) can import torch and safetensors.

  --smoke         seconds: shows that everything runs
  --threads N     threads in all (default: all of this machine)
  --out DIR       where results.jsonl and figure.svg go (default: ./results/looping_costs_time)
  --no-pytorch    looplab alone
  --no-install    do not look for missing packages
  --help          this text
END
}

install=yes
pass=()
out=results/looping_costs_time
threads=$(nproc)
while [ $# -gt 0 ]; do
  case $1 in
    --help | -h) usage; exit 0 ;;
    --no-install) install=no; shift ;;
    --smoke | --no-pytorch) pass+=("$1"); shift ;;
    --threads) need_value "$1" $# "${2-}"; need_count "$1" "$2"; threads=$2; shift 2 ;;
    --out) need_value "$1" $# "${2-}"; out=$2; shift 2 ;;
    *) fail 2 "unknown argument '$1' (see --help)." ;;
  esac
done
{ mkdir -p "$out" && [ -w "$out" ]; } 2>/dev/null ||
  fail 1 "--out is '$out', which is not a folder that can be written to."

if [ $install = yes ]; then install_packages "${looplab_packages[@]}" "${looplab_bench_packages[@]}"; fi
build=$root/build/bench
mkdir -p "$build"
configure "$root" "$build" -DLOOPLAB_BUILD_TESTS=OFF -DLOOPLAB_BUILD_EXAMPLES=OFF \
  -DLOOPLAB_BUILD_BENCH=ON
echo "Building the benchmarks (a minute the first time)"
cmake --build "$build" --target bench_step bench_machine
exec "${PYTHON:-python3}" "$here/measure.py" "$build/tests/bench" --threads "$threads" \
  --out "$out" "${pass[@]}"
