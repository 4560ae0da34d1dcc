#!/usr/bin/env bash
# readme.sh README COMPILER FLAG...: the first C++ block of the README compiles.
set -euo pipefail
code=$(awk '/^```cpp$/ { inside = 1; next } inside && /^```$/ { exit } inside' "$1")
shift
if [ -z "$code" ]; then
  echo "README.md has no C++ block"
  exit 1
fi
"$@" -fsyntax-only -x c++ - <<<"$code"
