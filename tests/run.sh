#!/usr/bin/env bash
# Every test, with oneDNN and without it. See --help.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$root/experiments/setup.sh"

usage() {
  cat <<'END'
Usage: tests/run.sh [options]

Installs what is missing, builds the tests twice (matrix products by oneDNN, and by Eigen) in
build/looplab and build/looplab-no-onednn, runs all of them, the benchmarks for a moment too, and ends
with ctest's summary, which names the tests that were skipped.

  --jobs N       compile and test N things at once (default: one per processor)
  --no-claims    leave out the claims, each at its smallest (experiments/reproduce.sh --preset smoke runs them)
  --no-install   do not look for missing packages
  --help         this text
END
}

jobs=$(nproc)
install=yes
select=()
while [ $# -gt 0 ]; do
  case $1 in
    --help | -h) usage; exit 0 ;;
    --no-install) install=no; shift ;;
    --no-claims) select=(--exclude-regex '^claim '); shift ;;
    --jobs)
      need_value "$1" $# "${2-}"
      need_count "$1" "$2"
      jobs=$2
      shift 2 ;;
    *) fail 2 "unknown argument '$1' (see --help)." ;;
  esac
done

if [ $install = yes ]; then
  install_packages "${looplab_packages[@]}" "${looplab_test_packages[@]}" "${looplab_bench_packages[@]}"
fi
with=$root/build/looplab
without=$root/build/looplab-no-onednn
mkdir -p "$with" "$without"

# Without oneDNN only products of matrices differ: their tests, whole models, and whole training steps.
options=(-DLOOPLAB_WERROR=ON -DLOOPLAB_TESTS_TOGETHER=ON)
# experiments/reproduce.sh may have configured the first folder, without tests.
configure "$root" "$with" "${options[@]}" -DLOOPLAB_BUILD_TESTS=ON -DLOOPLAB_BUILD_EXAMPLES=ON \
  -DLOOPLAB_BUILD_BENCH=ON
configure "$root" "$without" "${options[@]}" -DLOOPLAB_WITH_ONEDNN=OFF \
  -DLOOPLAB_BUILD_EXPERIMENTS=OFF -DLOOPLAB_BUILD_EXAMPLES=OFF \
  "-DLOOPLAB_TEST_LAYERS=kernels;golden;train/trainer;train/steady_step"
echo "Building with oneDNN, then without (minutes the first time)"
cmake --build "$with" --parallel "$jobs"
cmake --build "$without" --parallel "$jobs"

# One ctest for both, so that its summary speaks of both.
both=$root/build/looplab-both
mkdir -p "$both"
printf 'subdirs("%s" "%s")\n' "$with" "$without" >"$both/CTestTestfile.cmake"
exec ctest --test-dir "$both" --output-on-failure --no-label-summary --parallel "$jobs" \
  "${select[@]}"
