#!/usr/bin/env bash
# Runs the reference runs of a list of claims that are not done yet, at the lowest priority. See --help.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$root/experiments/setup.sh"

usage() {
  cat <<'END'
Usage: experiments/queue.sh start|status|stop [options]

Runs the claims that experiments/queue.txt lists, one line CLAIM[:PRESET[:CELLS]] each, in that order
(default: preset standard, all cells). The program and the claims are those of a clone, which stays at one
commit; runs that are done are not repeated. Each finished run is added to
experiments/CLAIM/results/PRESET/rows.jsonl of this tree, in which no other file changes: verdicts and figures
are made by reproduce.sh --record. All processes have the lowest priority; results do not depend on the load of
the machine. The clone is made once, by

  git clone . build/queue
  cmake -S build/queue -B build/queue/build/looplab -DCMAKE_BUILD_TYPE=Release
  cmake --build build/queue/build/looplab --target looplab_program

  start           run until all is done, in the foreground; after Ctrl-C, SIGTERM or stop, which save what was
                  begun, the next start continues
  status          print whether the queue runs, and the end of its log
  stop            end the queue and wait until it has ended

  --clone DIR     the clone (default: build/queue); the log and unfinished runs are in its build/queue
  --list FILE     the list (default: experiments/queue.txt)
  --jobs N        threads in all (default: all of this machine)
  --commit        commit new rows, without pushing
  --minutes N     log the progress, and commit, every N minutes (default: 30)
  --help          this text
END
}

action=
clone=$root/build/queue
list=$root/experiments/queue.txt
jobs=0
minutes=30
commit=no
while [ $# -gt 0 ]; do
  case $1 in
    --help | -h) usage; exit 0 ;;
    start | status | stop) action=$1; shift ;;
    --commit) commit=yes; shift ;;
    --clone | --list | --jobs | --minutes)
      need_value "$1" $# "${2-}"
      if [[ $1 == --jobs || $1 == --minutes ]]; then need_count "$1" "$2"; fi
      declare "${1#--}=$2"
      shift 2 ;;
    *) fail 2 "unknown argument '$1' (see --help)." ;;
  esac
done
if [ -z "$action" ]; then fail 2 "expected start, status or stop (see --help)."; fi
if [ ! -e "$clone/.git" ]; then fail 1 "--clone is '$clone', which is no clone (--help says how to make it)."; fi
clone=$(cd "$clone" && pwd)
program=$clone/build/looplab/experiments/looplab
state=$clone/build/queue
mkdir -p "$state"
exec 9>>"$state/lock" # locked by the queue, and by its program should the queue be killed

# split ENTRY: sets claim, preset and cells.
split() {
  if ! [[ $1 =~ ^[a-z0-9_]+(:[a-z0-9_-]*(:[A-Za-z0-9_?*,.-]*)?)?$ ]]; then
    fail 2 "$list has '$1', expected CLAIM[:PRESET[:CELLS]]."
  fi
  IFS=: read -r claim preset cells <<<"$1"
  preset=${preset:-standard}
  if [ ! -f "$clone/experiments/$claim/claim.ini" ]; then
    claims=$(cd "$clone/experiments" && echo */claim.ini)
    fail 2 "$list has the claim '$claim', expected one of: ${claims//\/claim.ini/}."
  fi
}

# Makes the folder of claims that the program is given: the clone's claims and learning rates, the rows of this
# tree and, of the present claim, only the cells of the entry.
link_claims() {
  local file name rates source=$preset
  if [ "$preset" = smoke ]; then # of which it is made
    source=standard
    if grep -q '^\[preset\.quick' "$clone/experiments/$claim/claim.ini"; then source=quick; fi
  fi
  rm -rf "$state/claims"
  for file in "$clone"/experiments/*/claim.ini; do
    name=$(basename "$(dirname "$file")")
    mkdir -p "$state/claims/$name/results/$preset"
    ln -s "$root/experiments/$name/results/$preset/rows.jsonl" "$state/claims/$name/results/$preset/"
    for rates in "${file%claim.ini}"results/*/rates.ini; do
      if [ ! -f "$rates" ]; then continue; fi
      mkdir -p "$state/claims/$name/results/$(basename "$(dirname "$rates")")"
      ln -s "$rates" "$state/claims/$name/results/$(basename "$(dirname "$rates")")/"
    done
    {
      echo "include = ../../../../experiments/$name/claim.ini"
      if [ "$name" = "$claim" ] && [ -n "$cells" ]; then
        printf '\n[preset.%s]\ncells = %s\nendpoints = none\nexchanges = none\n' "$source" "$cells"
      fi
    } >"$state/claims/$name/claim.ini"
  done
  mkdir -p "$root/experiments/$claim/results/$preset"
}

# run MINUTES: sets code, and left to "n of m runs are done, ..." unless all are.
run() {
  link_claims
  "$program" run "$state/claims/$claim" --preset "$preset" --threads "$jobs" --out "$state/$preset" --record \
    --minutes "$1" >"$state/output" &
  child=$!
  echo $$ $child >"$state/processes"
  if [ $stopping = yes ]; then kill -TERM $child; fi
  code=0
  wait $child || code=$?
  while kill -0 $child 2>/dev/null; do wait $child || code=$?; done # a signal ends the first wait
  child=
  if [ $code -eq 130 ]; then stopping=yes; fi
  left=$(sed -n 's/^looplab: time limit reached; \(.*\) and what was begun.*/\1/p' "$state/output")
  if [ $commit = yes ]; then commit_rows 9>&- || say "git could not commit rows of $claim; to be tried again."; fi
}

# Commits the new rows of the present claim and preset, and nothing else.
commit_rows() (
  cd "$root"
  local file=experiments/$claim/results/$preset/rows.jsonl added='' removed makers
  if [ ! -f "$file" ]; then return; fi
  git add -- "$file" || return
  read -r added removed _ < <(git diff --cached --numstat HEAD -- "$file") || true
  if [ -z "$added" ]; then return; fi
  makers=$(git diff --cached HEAD -- "$file" | sed -n 's/^+{.*"commit":"\([^"]*\)".*/\1/p' | sort -u | paste -sd ' ')
  if [ "$removed" -gt 0 ]; then
    say "Not committed: $file lacks rows of the last commit: $removed."
  else
    git commit --quiet --only -m "experiments: record finished runs of $claim ($preset), $added more" -m "Rows made by looplab \
$makers, committed by experiments/queue.sh, which changes no verdict and no figure." -- "$file" || return
    say "Committed new rows of $claim ($preset): $added."
  fi
)

say() { printf '%(%F %H:%M)T %s\n' -1 "$*"; }

start() {
  local wanted built entry queue=() undone=() failed=0
  echo $$ >"$state/processes"
  if [ ! -x "$program" ]; then fail 1 "there is no program '$program' (--help says how to build it)."; fi
  wanted=$(git -C "$clone" describe --always --dirty --exclude='*' --abbrev=10)
  if [[ $wanted == *-dirty ]]; then fail 1 "the clone '$clone' has changed files, expected those of one commit."; fi
  built=$("$program" --version | sed -n '1s/^looplab [^(]*(\([^)]*\)).*/\1/p')
  if [ "$built" != "$wanted" ]; then
    fail 1 "the program of '$clone' is of commit '$built', its files are of $wanted: build it again (see --help)."
  fi
  if [ ! -r "$list" ]; then fail 1 "--list is '$list', which cannot be read."; fi
  mapfile -t queue < <(sed 's/#.*//; s/[[:space:]]//g; /^$/d' "$list")
  renice -n 19 -p $$ >/dev/null
  if command -v ionice >/dev/null; then ionice -c 3 -p $$ 2>/dev/null || true; fi

  child='' stopping=no
  trap 'if [ $stopping = no ]; then stopping=yes; if [ -n "$child" ]; then kill -TERM $child || true; fi; fi' INT TERM
  for entry in "${queue[@]}"; do # what is left? Nothing is run.
    split "$entry"
    for cells in "" ${cells:+"$cells"}; do # first all cells: this finds unknown presets
      run 1e-9 2>"$state/errors"
      if [ $stopping = yes ]; then exit 0; fi
      if [ $code -ne 0 ]; then fail 2 "$list has '$entry': $(sed 's/^looplab: //' "$state/errors")"; fi
    done
    say "$entry: ${left:-all runs are done}."
    if [ -n "$left" ]; then undone+=("$entry"); fi
  done

  exec > >(exec 9>&-; exec tee -ia "$state/log") 2>&1
  trap "exec >&- 2>&-; wait $!" EXIT # for the last lines of tee
  say "Started with looplab $wanted; ${#undone[@]} of ${#queue[@]} entries have runs to do."
  for entry in "${undone[@]}"; do
    split "$entry"
    while [ $stopping = no ]; do
      say "Running $entry."
      run "$minutes"
      if [ -z "$left" ]; then break; fi
      say "$entry: $left."
    done
    if [ $stopping = yes ]; then say "Stopped; start continues."; exit 0; fi
    if [ "$code" -eq 0 ]; then
      say "$entry: all runs are done."
    else
      say "$entry: failed with exit code $code, see above; the next start tries it again."
      failed=1
    fi
  done
  say "At the end of the list."
  exit $failed
}

running() { ! flock -n 9; }
case $action in
  start)
    if running; then fail 1 "already running with the clone '$clone' (see status and stop)."; fi
    start ;;
  status)
    if running; then echo "The queue runs."; else echo "The queue does not run."; fi
    if [ -f "$state/log" ]; then tail -n 5 "$state/log"; fi ;;
  stop)
    if running; then
      read -r queue child <"$state/processes"
      kill -TERM "$queue" 2>/dev/null || kill -TERM "$child" 2>/dev/null || true
      flock 9
    fi
    echo "The queue does not run." ;;
esac
