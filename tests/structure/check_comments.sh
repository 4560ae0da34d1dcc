#!/usr/bin/env bash
# check_comments.sh ROOT: finds broken comments and dangling references in the tree ROOT.
#
#   fragment    a word or two left alone on a line by a formatter that wrapped a drawing or a formula
#   formulas    two formulas, or a formula and a statement, merged into one line
#   label       "You need:" and the other labels of a lesson in the middle of a line
#   reference   a header, test, lesson, claim or document that is not in the tree, or a contract that
#               CONTRIBUTING.md does not list
#
# Prints one line "FILE:LINE: what is wrong: text" for each; exit status 1 if there is any.
set -uo pipefail
cd "$1"

sources() { find include examples tests experiments \( -name '*.hpp' -o -name '*.cpp' \) | sort; }
scripts() { find tests experiments examples \( -name '*.sh' -o -name '*.cmake' -o -name '*.py' \) | sort; }
pages() { find . -maxdepth 3 -name '*.md' -not -path './build*' -not -path './.*' | sort; }
problems=$(mktemp)
trap 'rm -f "$problems"' EXIT

# --- the form of comments -------------------------------------------------------------------------
sources | xargs awk '
  function blame(line, what, text) { printf "%s:%d: %s: %s\n", FILENAME, line, what, text }
  # A short line after a full one: the rest of something that had to stay on one line.
  function check_fragment(next_indent) {
    if (!is_short || text ~ /^\\throws/) return
    if (next_indent > indent) blame(line, "fragment before an indented line", text)
    else if (text !~ /[.:;?!)]$/ || text ~ /^[^A-Za-z0-9]+$/) blame(line, "fragment", text)
  }
  FNR == 1 { is_short = 0; indent = -1; length_before = 0 }
  {
    if ($0 ~ /^ *\/\//) {
      new_text = $0
      sub(/^ *\/\/+/, "", new_text)
      new_indent = match(new_text, /[^ ]/) ? RSTART - 1 : -1
      new_text = new_indent < 0 ? "" : substr(new_text, new_indent + 1)
    } else {
      new_indent = -1
      new_text = ""
    }
    check_fragment(new_indent < 0 ? 0 : new_indent)
    is_short = new_indent >= 0 && new_indent == indent && length_before >= 80 &&
               length(new_text) <= 24 && split(new_text, words, " ") <= 2
    indent = new_indent
    text = new_text
    line = FNR
    length_before = new_indent < 0 ? 0 : length($0)
    if (indent < 0) next

    if (FILENAME ~ /^examples\// && text ~ /.(You learn|You need|Expected output|Try):/)
      blame(FNR, "label", text)
    if (indent < 3) next
    joined = text
    gsub(/  +\+?=  +/, " = ", joined)  # columns of equal signs
    gsub(/ \+= /, " = ", joined)
    parts = split(joined, sides, / = /)
    for (i = 2; i < parts; ++i)
      if (sides[i] !~ /[][,;:()|<>&"]|  / && sides[i] ~ /[A-Za-z0-9_}] +[a-z_]+$/)
        blame(FNR, "formulas", text)
    if (text ~ /;/ && text ~ /^[a-z]+ [a-z_]+ = / &&
        text !~ /^(auto|bool|const|double|float|int|using|namespace|static) /)
      blame(FNR, "formulas", text)
  }
  END { check_fragment(0) }' >>"$problems"

# --- what comments refer to -----------------------------------------------------------------------
contracts=$(awk '/^## Contracts/ { on = 1 } /^## / && !/Contracts/ { on = 0 }
                 on && /^[0-9]+\. / { n = $1 + 0 } END { print n + 0 }' CONTRIBUTING.md 2>/dev/null || echo 0)
names=$(find include examples tests experiments \( -name '*.hpp' -o -name '*.cpp' \) -printf '%f\n' | sort -u)
reference='\.(hpp|cpp|md|sh|cmake|py)\b|contract [0-9]|of the design'
{ sources | xargs grep -nHoE '//.*'; scripts | xargs -r grep -nHE '^ *#'; } |
  { grep -E "^[^:]*:[0-9]+:.*($reference)" || true; } |
  while IFS=: read -r file line text; do
    blame() { echo "$file:$line: reference: $1" >>"$problems"; }
    while read -r word; do
      case $word in
        */*.hpp) [ -e "$word" ] || [ -e "include/$word" ] || [ -e "include/looplab/$word" ] ||
                   [ -e "tests/$word" ] || [ -e "$(dirname "$file")/$word" ] || blame "$word" ;;
        *_test.cpp | tests/* | examples/*)
          [ -e "$word" ] || [ -e "tests/$word" ] || [ -e "$(dirname "$file")/$word" ] ||
            grep -qxF "$word" <<<"$names" || blame "$word" ;;
        *.hpp) grep -qxF "$word" <<<"$names" || blame "$word" ;;
        verdict.md | summary.md) ;; # what the program writes
        *.md) [ -e "$word" ] || [ -e "$(dirname "$file")/$word" ] || blame "$word" ;;
        contract\ *) [ "${word#contract }" -le "$contracts" ] || blame "$word" ;;
      esac
    done < <(grep -oE '[A-Za-z0-9_/.-]+\.(hpp|cpp|md|sh|cmake|py)\b|contract [0-9]+' <<<"$text")
    [[ $text != *"of the design"* ]] || blame "of the design"
  done

# --- links of pages -------------------------------------------------------------------------------
while read -r page; do
  while IFS=: read -r line target; do
    target=${target#](}
    target=${target%)}
    target=${target%%#*}
    [ -z "$target" ] || [[ $target == *://* ]] || [ -e "$(dirname "$page")/$target" ] ||
      echo "${page#./}:$line: reference: $target" >>"$problems"
  done < <(grep -noE '\]\([^)# ]+[^)]*\)' "$page" || true)
done < <(pages)

cat "$problems"
[ ! -s "$problems" ]
