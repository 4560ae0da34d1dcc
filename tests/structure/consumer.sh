#!/usr/bin/env bash
# consumer.sh package|subdirectory CMAKE SOURCE BUILD FOLDER OPTION...: a user's project is configured,
# built and run, with looplab installed under FOLDER (then against looplab::compiled, too) or as a folder
# of the project.
set -euo pipefail
kind=$1 cmake=$2 source=$3 build=$4 folder=$5
shift 5
rm -rf "$folder"
mkdir -p "$folder"
if [ "$kind" = package ]; then
  "$cmake" --install "$build" --prefix "$folder/prefix" >/dev/null
  set -- -DCMAKE_PREFIX_PATH="$folder/prefix" "$@"
else
  set -- -DLOOPLAB_SOURCE="$source" "$@"
fi
"$cmake" -S "$source/tests/structure/consumer" -B "$folder/build" \
  -DCMAKE_CXX_FLAGS="-O1 -Wall -Wextra -Werror" "$@"
"$cmake" --build "$folder/build"
"$folder/build/portable"
"$folder/build/native"
[ "$kind" = package ] || exit 0
"$folder/build/compiled"
width=$("$folder/build/native" | grep -o 'vectors of [0-9]*' | grep -o '[0-9]*$')
[ "$width" -gt 128 ] || exit 0 # the processor has no wider vectors than any other
if "$cmake" --build "$folder/build" --target mismatched >"$folder/mismatched.log" 2>&1 ||
  ! grep -q 'CompiledForVectorsOf<16' "$folder/mismatched.log"; then
  cat "$folder/mismatched.log"
  echo "A program for other vectors than looplab::compiled: expected an undefined CompiledForVectorsOf<16>." >&2
  exit 1
fi
