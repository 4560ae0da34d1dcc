#!/usr/bin/env bash
# consumer.sh package|subdirectory CMAKE SOURCE BUILD FOLDER OPTION...: a user's project is configured,
# built and run, with looplab installed under FOLDER or as a folder of the project.
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
