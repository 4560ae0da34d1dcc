#!/usr/bin/env bash
# check_comments_test.sh FOLDER: breaks each rule of check_comments.sh once, in a small tree of its own
# under FOLDER, and checks that the message names it.
set -euo pipefail
tree=$1
check=$(dirname "${BASH_SOURCE[0]}")/check_comments.sh
failures=0
full="// $(printf 'word %.0s' {1..18})"  # a comment line of more than 80 columns

fresh_tree() {
  rm -rf "$tree"
  mkdir -p "$tree"/{include/looplab/core,tests/core,examples,experiments/claim}
  touch "$tree"/{include/looplab/core/a.hpp,tests/core/a_test.cpp,examples/010_lesson.cpp}
  printf '%s\n' '## Contracts' '' '1. One.' '2. Two.' '' '## Decisions' '' '3. Not a contract.' \
    >"$tree/CONTRIBUTING.md"
  header '// A page: y = x W (contract 2, CONTRIBUTING.md). See core/a.hpp, a.hpp, tests/core/a_test.cpp' \
    '// and examples/010_lesson.cpp.' '//' '//   y = a b,   z = c d        k = 1,  m = 2' \
    '//   grad_a  +=  sum_n grad_y_n b_n' '//' "$full" '// end.' "$full" '// \throws Error'
}
header() { printf '%s\n' "$@" >"$tree/include/looplab/core/b.hpp"; }
expect() { # expect TEXT: the check fails and its message has the text
  local output
  if output=$("$check" "$tree" 2>&1); then
    echo "not noticed: $1"
    failures=$((failures + 1))
  elif [[ $output != *"$1"* || $(wc -l <<<"$output") != 1 ]]; then
    printf 'expected only "%s" in:\n%s\n' "$1" "$output"
    failures=$((failures + 1))
  fi
  fresh_tree
}

fresh_tree
"$check" "$tree" || { echo "the sound tree is refused"; exit 1; }

header "$full" '// grad_y_nd' '//'
expect 'core/b.hpp:2: fragment: grad_y_nd'
header "$full" '// ...' 'int x;'
expect 'core/b.hpp:2: fragment: ...'
header "$full" '// distinct' '//     strings of its attribute'
expect 'core/b.hpp:2: fragment before an indented line: distinct'
header '//   grad_gain_d  +=  sum_n grad_y_nd z_nd grad_bias_d  +=  sum_n grad_y_nd'
expect 'core/b.hpp:1: formulas'
header '//   prompt logits = decoder.step(next_tokens);'
expect 'core/b.hpp:1: formulas'
echo '// You learn: this. You need: that.' >"$tree/examples/010_lesson.cpp"
expect '010_lesson.cpp:1: label'
for word in core/c.hpp c.hpp tests/core/b_test.cpp examples/020_lesson.cpp DESIGN.md 'contract 3'; do
  header "// See $word for more."
  expect "core/b.hpp:1: reference: $word"
done
header '// Never (a rule of the design).'
expect 'core/b.hpp:1: reference: of the design'
echo '# See tests/core/b_test.cpp.' >"$tree/tests/run.sh"
expect 'tests/run.sh:1: reference: tests/core/b_test.cpp'
echo 'See [the notes](notes.md).' >"$tree/experiments/claim/README.md"
expect 'experiments/claim/README.md:1: reference: notes.md'
exit $((failures > 0))
