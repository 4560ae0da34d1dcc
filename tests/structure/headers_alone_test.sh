#!/usr/bin/env bash
# headers_alone_test.sh FOLDER COMPILER: headers_alone.sh accepts a correct set of headers and reports a header that
# lacks an include, although every file that includes it has that include before it.
set -euo pipefail
check=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/headers_alone.sh
folder=$1 compiler=$2
rm -rf "$folder"
mkdir -p "$folder/looplab"
cd "$folder/looplab"
printf '#pragma once\nstruct First {};\n' >first.hpp
printf '#pragma once\n#include "looplab/first.hpp"\nstruct Second : First {};\n' >second.hpp
printf '#pragma once\n#include "looplab/second.hpp"\n#include "looplab/other.hpp"\n' >third.hpp
printf '#pragma once\n#include "looplab/first.hpp"\nstruct Other : First {};\n' >other.hpp
"$check" "$folder" "$compiler"

printf '#pragma once\nstruct Other : First {};\n' >other.hpp # First is missing; third.hpp compiles
if said=$("$check" "$folder" "$compiler" 2>&1) || [[ $said != *looplab/other.hpp:2* ]]; then
  printf 'expected an error in looplab/other.hpp:2, it said:\n%s\n' "$said"
  exit 1
fi
