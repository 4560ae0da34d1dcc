#!/usr/bin/env bash
# check_layers_test.sh CMAKE FOLDER: breaks each rule of check_layers.cmake once, in a small tree of
# its own under FOLDER, and checks that the message names it.
set -euo pipefail
cmake=$1
tree=$2
check=$(dirname "${BASH_SOURCE[0]}")/check_layers.cmake
failures=0

header() { # header PATH LINE...
  local path=$tree/include/looplab/$1
  shift
  mkdir -p "$(dirname "$path")"
  printf '%s\n' '// SPDX-License-Identifier: MIT' '#pragma once' "$@" >"$path"
}
fresh_tree() {
  rm -rf "$tree"
  mkdir -p "$tree"/tests/{core,kernels,lab,support} "$tree"/{examples,experiments}
  header core/a.hpp
  header kernels/b.hpp '#include "looplab/core/a.hpp"' '#pragma omp simd'
  header lab/c.hpp '#include <boost/program_options.hpp>'
  header looplab.hpp '#include "looplab/core/a.hpp"' '#include "looplab/kernels/b.hpp"'
  touch "$tree"/tests/{core/a,kernels/b,lab/c}_test.cpp
}
run_check() { "$cmake" -D ROOT="$tree" -P "$check" 2>&1; }
expect() { # expect TEXT: the check fails and its message has the text
  local output
  if output=$(run_check); then
    echo "not noticed: $1"
    failures=$((failures + 1))
  elif [[ $(tr -s ' \n' ' ' <<<"$output") != *"$1"* ]]; then
    printf 'expected "%s" in:\n%s\n' "$1" "$output"
    failures=$((failures + 1))
  fi
  fresh_tree
}

fresh_tree
run_check || { echo "the sound tree is refused"; exit 1; }

header core/a.hpp '#include "looplab/kernels/b.hpp"'
expect 'core/a.hpp: core may not include kernels'
header core/a.hpp '#include "b.hpp"'
expect 'core/a.hpp: write includes in full'
header kernels/b.hpp '#pragma omp parallel for'
expect 'kernels/b.hpp: OpenMP threads may be used in'
header kernels/b.hpp 'inline int threads() { return omp_get_max_threads(); }'
expect 'kernels/b.hpp: OpenMP threads may be used in'
header kernels/b.hpp '#include <oneapi/dnnl/dnnl.hpp>'
expect 'kernels/b.hpp: oneDNN may be used in'
header kernels/b.hpp '#include <boost/program_options.hpp>'
expect 'kernels/b.hpp: Boost may be used in'
header kernels/b.hpp '#include <nlohmann/json.hpp>'
expect 'kernels/b.hpp: nlohmann/json may be used in'
echo '#include <catch2/catch.hpp>' >"$tree/tests/core/a_test.cpp"
expect 'tests/core/a_test.cpp: Catch2 may be used in'
rm "$tree/tests/core/a_test.cpp"
expect 'tests/core/a_test.cpp is missing'
header kernels/a.hpp
touch "$tree/tests/kernels/a_test.cpp"
expect 'another header is called a.hpp'
header attic/d.hpp
expect 'attic is not a layer'
header looplab.hpp '#include "looplab/core/a.hpp"'
expect 'kernels/b.hpp: looplab.hpp does not include it'
header looplab.hpp '#include "looplab/core/a.hpp"' '#include "looplab/kernels/b.hpp"' \
  '#include "looplab/lab/c.hpp"'
expect 'looplab.hpp: may not include lab'
echo 'int x;' >"$tree/include/looplab/core/a.hpp"
expect 'core/a.hpp: begins with the SPDX line'
header core/a.hpp $(seq 500)
expect 'core/a.hpp: 502 lines'
exit $((failures > 0))
