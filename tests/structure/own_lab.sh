#!/usr/bin/env bash
# own_lab.sh CMAKE SOURCE BUILD FOLDER OPTION...: installs BUILD under FOLDER, builds lesson 140 outside
# the tree against the installed package, and runs it: a task, a model, an objective and an exit rule
# of its own train, are swept over two values, reported, and refused by name where they are misspelt.
set -euo pipefail
cmake=$1 source=$2 build=$3 folder=$4
shift 4
rm -rf "$folder"
mkdir -p "$folder/tree"
cp -r "$source/examples/140_extend_the_lab.cpp" "$source/examples/140_sweep" "$source/tests/structure/own_lab" "$folder/tree"
"$cmake" --install "$build" --prefix "$folder/prefix" >/dev/null
"$cmake" -S "$folder/tree/own_lab" -B "$folder/build" -DCMAKE_PREFIX_PATH="$folder/prefix" \
  "-DLESSON=$folder/tree/140_extend_the_lab.cpp" -DCMAKE_CXX_FLAGS=-O1 "$@"
"$cmake" --build "$folder/build"
cd "$folder"
program=$folder/build/own_lab
"$program"
test -s 140_results/report.html
grep -q reinjected 140_results/runs/140_sweep/weight_1-s1-*/config.ini
own=(--task.kind=neighbour_sum --train.num_steps=200 --train.batch_size=16 --train.learning_rate=8e-3)
"$program" train "${own[@]}" --out=run
"$program" exits run --rules=entropy --repeats=1 | grep entropy
"$program" trace run >/dev/null
refused() { # refused WORDS ARGUMENT...: one sentence with the words, and exit code 2
  local words=$1 code=0
  shift
  "$program" "$@" 2>error.txt >/dev/null || code=$?
  cat error.txt
  [ "$code" = 2 ] && grep -q "$words" error.txt && [ "$(wc -l <error.txt)" = 1 ]
}
refused 'did you mean neighbour_sum' train --task.kind=neighbor_sum
refused 'did you mean reinjected' train "${own[@]}" --model.kind=reinject
refused 'expected agreement' train "${own[@]}" --objective.kind=agreements
refused 'did you mean model.num_loops' train "${own[@]}" --model.kind=reinjected --model.num_loop=2
refused 'did you mean entropy' exits run --rules=entrop
