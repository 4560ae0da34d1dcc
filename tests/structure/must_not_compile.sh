#!/usr/bin/env bash
# must_not_compile.sh SOURCE COMPILER FLAG...: the source compiles as it stands; with -DWRONG it does
# not, and the compiler says what the source's "// expect: <regex>" line says.
set -euo pipefail
source=$1
shift
expected=$(sed -n 's|^// expect: ||p' "$source")
if [ -z "$expected" ]; then
  echo "$source: no line begins with '// expect: '"
  exit 1
fi
if ! LC_ALL=C "$@" -fsyntax-only "$source"; then
  echo "$source: the right variant does not compile"
  exit 1
fi
if output=$(LC_ALL=C "$@" -fsyntax-only -DWRONG "$source" 2>&1); then
  echo "$source: the wrong variant compiles"
  exit 1
fi
if ! grep -qE "$expected" <<<"$output"; then
  printf '%s: expected "%s" in:\n%s\n' "$source" "$expected" "$output"
  exit 1
fi
