#!/usr/bin/env bash
# Outside CI: builds oneDNN 3 and Catch2 3, which Debian 12 does not have, from their public sources,
# and runs the tests with them. See --help.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$root/experiments/setup.sh"

usage() {
  cat <<'END'
Usage: tests/build_onednn3.sh [options]

Builds what looplab uses of oneDNN 3, and Catch2 3, installs both under build/onednn3 and runs the
tests of every layer with them. A pass is recorded as a line of tests/onednn3_last_pass.txt. The first
run takes about half an hour on 2 cores, later ones minutes.

  --onednn SOURCE   a folder with the sources, or a git address (default: v3.7.2 of
                    https://github.com/uxlfoundation/oneDNN); Debian 13's `apt-get source onednn` will do
  --catch2 SOURCE   likewise (default: v3.7.1 of https://github.com/catchorg/Catch2)
  --jobs N          compile and test N things at once (default: one per processor)
  --help            this text
END
}

onednn=https://github.com/uxlfoundation/oneDNN@v3.7.2
catch2=https://github.com/catchorg/Catch2@v3.7.1
jobs=$(nproc)
while [ $# -gt 0 ]; do
  case $1 in
    --help | -h) usage; exit 0 ;;
    --onednn | --catch2 | --jobs) need_value "$1" $# "${2-}" ;;
    *) fail 2 "unknown argument '$1' (see --help)." ;;
  esac
  case $1 in
    --onednn) onednn=$2 ;;
    --catch2) catch2=$2 ;;
    --jobs) need_count "$1" "$2"; jobs=$2 ;;
  esac
  shift 2
done

work=$root/build/onednn3
mkdir -p "$work"

# build NAME SOURCE[@TAG] OPTION...: builds and installs into $work/prefix
build() {
  local name=$1 source=$2
  shift 2
  if [ ! -d "$source" ]; then
    if [ ! -d "$work/$name" ]; then
      git clone --quiet --depth 1 --branch "${source##*@}" "${source%@*}" "$work/$name" ||
        fail 1 "'$source' is neither a folder nor ADDRESS@TAG of a git repository."
    fi
    source=$work/$name
  fi
  configure "$source" "$work/build-$name" -DCMAKE_INSTALL_PREFIX="$work/prefix" "$@"
  cmake --build "$work/build-$name" --parallel "$jobs"
  cmake --install "$work/build-$name" >/dev/null
}

# -O1: the products are code made at run time, and the rest only has to be right.
build onednn "$onednn" -DONEDNN_CPU_RUNTIME=OMP -DONEDNN_GPU_RUNTIME=NONE \
  -DONEDNN_ENABLE_WORKLOAD=TRAINING "-DONEDNN_ENABLE_PRIMITIVE=MATMUL;REORDER" \
  -DONEDNN_BUILD_TESTS=OFF -DONEDNN_BUILD_EXAMPLES=OFF -DONEDNN_BUILD_GRAPH=OFF \
  -DONEDNN_BUILD_DOC=OFF "-DCMAKE_CXX_FLAGS_RELEASE=-O1 -DNDEBUG"
build catch2 "$catch2" -DCATCH_INSTALL_DOCS=OFF -DCATCH_INSTALL_EXTRAS=ON

tests=$work/tests
configure "$root" "$tests" -DLOOPLAB_WERROR=ON -DCMAKE_PREFIX_PATH="$work/prefix" \
  -DLOOPLAB_BUILD_EXPERIMENTS=OFF -DLOOPLAB_BUILD_EXAMPLES=OFF \
  "-DLOOPLAB_TEST_LAYERS=core;io;kernels;autograd;nn;models;tasks;inspect;stats;train;lab;golden"
for package in dnnl Catch2; do
  if ! grep -q "^${package}_DIR:PATH=$work/prefix/" "$tests/CMakeCache.txt"; then
    fail 1 "the tests do not use the $package built here."
  fi
done
cmake --build "$tests" --parallel "$jobs"
ctest --test-dir "$tests" --output-on-failure --parallel "$jobs" | tee "$work/ctest.txt"

installed() { # installed FOLDER: the version an installed CMake package states
  sed -n 's/^set(PACKAGE_VERSION "\(.*\)")$/\1/p' "$work/prefix"/lib*/cmake/"$1"/*[vV]ersion.cmake | head -n 1
}
printf '%s  commit %s  oneDNN %s  Catch2 %s  g++ %s  %s\n' "$(date -u +%Y-%m-%d)" \
  "$(git -C "$root" describe --always --dirty --exclude='*')" "$(installed dnnl)" \
  "$(installed Catch2)" "$(g++ -dumpfullversion)" \
  "$(grep 'tests passed' "$work/ctest.txt")" | tee -a "$root/tests/onednn3_last_pass.txt"
