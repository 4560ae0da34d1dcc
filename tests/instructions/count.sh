#!/usr/bin/env bash
# count.sh FIXED_STEPS RECORD [--update]: counts the instructions of fixed training
# steps under callgrind and compares them with the record, or writes the record anew.
#
# The program is built for any x86-64 processor, with products by Eigen: valgrind does not run
# AVX-512, so this measures the amount of work, not the AVX-512 code. Instructions of the C library are
# excluded, because their variant depends on the processor. Two sums may not grow by more than 2 %: all
# instructions, and all except those of the products, which are most of them and not our code.
# Exit code 77: skipped, because valgrind is missing or the record is of another compiler.
set -euo pipefail
program=$1 record=$2 mode=${3-}
update_command="cmake --build build/looplab-no-onednn --target record_instructions"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

if ! command -v callgrind_annotate >/dev/null; then
  echo "Skipped: valgrind is not installed."
  exit 77
fi
build=$("$program" --build)
if [ "$mode" != --update ] && ! grep -qxF "build $build" "$record"; then
  echo "Skipped: this build is by $build, the record's by $(sed -n 's/^build //p' "$record")."
  exit 77
fi

# Lines `LOOPS GROUP INSTRUCTIONS` of one run.
count() {
  valgrind --tool=callgrind --callgrind-out-file="$folder/out" --toggle-collect='*counted_steps*' \
    "$program" "$1" >"$folder/log" 2>&1 || { cat "$folder/log" >&2; return 1; }
  callgrind_annotate --threshold=100 --auto=no "$folder/out" | awk -v loops="$1" -v name="${program##*/}" '
    function group_of(f) {
      if (f ~ /Eigen::/) return "products"
      if (f ~ /attention|multiply_rows|multiply_tile|transpose|rotate/) return "attention"
      if (f ~ /norm_(for|back)ward/) return "norms"
      if (f ~ /swiglu|add_forward|axpy/) return "pointwise"
      if (f ~ /cross_entropy/) return "cross_entropy"
      if (f ~ /adamw|sum_of_squares|GradientSlots/) return "update"
      return "other"
    }
    /^ *[0-9,]+ \(/ && index($0, "/" name "]") {
      instructions = $1
      gsub(",", "", instructions)
      sum[group_of($0)] += instructions
      all += instructions
    }
    END {
      if (!all) exit 1
      sum["everything"] = all
      sum["all_but_products"] = all - sum["products"]
      for (group in sum) print loops, group, sum[group]
    }' | sort
}
counts=$(count 1; count 4)

if [ "$mode" = --update ]; then
  {
    echo "# Instructions of two training steps: loops, what, how many. Written by"
    echo "#   $update_command"
    echo "build $build"
    echo "$counts"
  } >"$record"
  cat "$record"
  exit
fi

awk -v update="$update_command" '
  NR == FNR { before[$1 " " $2] = $3; next }
  {
    was = before[$1 " " $2]
    now = $3
    change = was ? 100 * (now - was) / was : 0
    line = sprintf("%s loops, %s: %d instructions, %d recorded (%+.1f %%)", $1, $2, now, was, change)
    if ($2 == "everything" || $2 == "all_but_products") {
      print line
      judged++
      if (change > 2 || !was) failed = 1
      if (change < -2) less = 1
    } else if (change > 1 || !was) grown = grown "  " line "\n"
  }
  END {
    if (judged != 4) { print "The counts are incomplete."; exit 1 }
    if (failed) {
      printf "The steps take over 2 %% more instructions. What grew:\n%s", grown
      print "If this is meant: " update
    } else if (less)
      print "Over 2 % fewer: keep them by  " update
    exit failed
  }' <(grep '^[0-9]' "$record") <(echo "$counts")
