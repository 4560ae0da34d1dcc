#!/usr/bin/env bash
# From a fresh machine to a verdict on every claim. See --help.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$root/experiments/setup.sh"

usage() {
  cat <<'END'
Usage: experiments/reproduce.sh [options]

Installs what is missing, builds looplab for this processor in build/looplab, runs the claims and prints
for each: claim, paper, expected here, measured, verdict. Ends with where the report is.
Stopped by Ctrl-C it loses nothing: the same call continues. Finished runs are not run again.

  --preset NAME   smoke (under 2 minutes), quick (what loops buy and what they do not, in three claims, 8 minutes
                  on 2 cores; the default), standard (all claims; committed runs are used), or paper (the published
                  sizes: not run, but proved to fit, with the time they would take)
  --seeds N       seeds per cell (default: the preset's)
  --threads N     threads in all (default: all of this machine)
  --out DIR       where results and report.html go (default: ./results/PRESET)
  --only CLAIM    this claim alone, by the name of its folder in experiments/ (or several: A,B)
  --rerun         make every run here, and compare it with the committed one (always so for quick)
  --record        keep finished runs, figures and verdicts in the claims' folders (results/PRESET)
  --minutes N     stop after N minutes, to continue by the same call another time
  --no-install    do not look for missing packages
  --help          this text
END
}

preset=quick
out=
install=yes
rerun=no
pass=()
while [ $# -gt 0 ]; do
  case $1 in
    --help | -h) usage; exit 0 ;;
    --no-install) install=no; shift; continue ;;
    --record) pass+=("$1"); shift; continue ;;
    --rerun) rerun=yes; shift; continue ;;
    --preset | --seeds | --threads | --out | --only | --minutes) need_value "$1" $# "${2-}" ;;
    *) fail 2 "unknown argument '$1' (see --help)." ;;
  esac
  case $1 in
    --preset)
      [[ $2 =~ ^(smoke|quick|standard|paper)$ ]] ||
        fail 2 "--preset is '$2', expected smoke, quick, standard or paper."
      preset=$2 ;;
    --out) out=$2 ;;
    --only)
      for claim in ${2//,/ }; do
        if ! [[ $claim =~ ^[a-z0-9_]+$ && -f $root/experiments/$claim/claim.ini ]]; then
          claims=$(cd "$root/experiments" && echo */claim.ini)
          fail 2 "--only is '$claim', expected one of: ${claims//\/claim.ini/}."
        fi
      done
      pass+=("$1" "$2") ;;
    *) need_count "$1" "$2"; pass+=("$1" "$2") ;;
  esac
  shift 2
done
if [ "$preset" = quick ] || [ $rerun = yes ]; then pass+=(--rerun); fi
out=${out:-results/$preset}
{ mkdir -p "$out" && [ -w "$out" ]; } 2>/dev/null ||
  fail 1 "--out is '$out', which is not a folder that can be written to."
out=$(cd "$out" && pwd)

if [ $install = yes ]; then install_packages "${looplab_packages[@]}"; fi
# The build folder of tests/run.sh: a program that is there is not built again.
build=$root/build/looplab
options=()
if [ ! -f "$build/CMakeCache.txt" ]; then
  options=(-DLOOPLAB_BUILD_TESTS=OFF -DLOOPLAB_BUILD_EXAMPLES=OFF)
fi
mkdir -p "$build"
configure "$root" "$build" "${options[@]}"
echo "Building looplab (minutes the first time, seconds later)"
cmake --build "$build" --target looplab_program --parallel
exec "$build/experiments/looplab" reproduce --claims "$root/experiments" --preset "$preset" \
  --out "$out" "${pass[@]}"
