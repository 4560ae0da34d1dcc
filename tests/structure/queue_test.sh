#!/usr/bin/env bash
# queue_test.sh ROOT FOLDER [PROGRAM]: the run queue (experiments/queue.sh) in a repository and a clone made in FOLDER,
# with a program that only pretends to run; then one tiny claim with PROGRAM.
set -euo pipefail
root=$1
folder=$2
looplab=${3-}
for tool in git flock; do
  command -v $tool >/dev/null || { echo "SKIPPED: $tool is not installed"; exit 77; }
done
failures=0
rm -rf "$folder"
tree=$folder/tree
clone=$tree/build/queue
mkdir -p "$tree/experiments"
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=test GIT_AUTHOR_EMAIL=test@example.org
export GIT_COMMITTER_NAME=test GIT_COMMITTER_EMAIL=test@example.org
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
cd "$root/experiments"
cp --parents queue.sh setup.sh ./*.ini ./*/claim.ini "$tree/experiments/"
cd "$tree"
echo 'build*/' >.gitignore
echo one >other.txt
git -c init.defaultBranch=main init -q .
git add . && git commit -q -m first
queue=$tree/experiments/queue.sh
claim=looping_improves_manipulation
rows=experiments/$claim/results/quick/rows.jsonl
list=$folder/list.txt

fault() {
  echo "$*"
  failures=$((failures + 1))
}
# expect CODE TEXT COMMAND...: the exit code, and one line of output that has the text
expect() {
  local code=$1 text=$2 output status=0
  shift 2
  output=$("$@" 2>&1 </dev/null) || status=$?
  if [ $status -ne "$code" ] || [[ $output != *"$text"* ]] || [ "$(wc -l <<<"$output")" -ne 1 ]; then
    fault "$* ended with $status, expected $code and one line saying \"$text\"; it said: $output"
  fi
}
# has FILE TEXT
has() { grep -qF -- "$2" "$1" || fault "$1 lacks \"$2\": $(cat "$1")"; }

# --- arguments, clone, list -----------------------------------------------------------------------
[[ $("$queue" --help) == Usage:* ]] || fault "no help"
expect 2 "expected start, status or stop" "$queue"
expect 2 "unknown argument '--fast'" "$queue" start --fast
for option in --clone --list --jobs --minutes; do
  expect 2 "$option needs a value" "$queue" start $option --commit
done
expect 2 "--jobs is 'two', expected a whole number" "$queue" start --jobs two
expect 2 "--minutes is '0', expected a whole number" "$queue" start --minutes 0
expect 1 "build/queue', which is no clone" "$queue" start
git clone -q . "$clone"
expect 1 "there is no program" "$queue" start
expect 0 "The queue does not run." "$queue" status
expect 0 "The queue does not run." "$queue" stop

# A program with three runs a claim, one a call; the preset "slow" ends by SIGTERM only, "bad" fails.
mkdir -p "$clone/build/looplab/experiments"
program=$clone/build/looplab/experiments/looplab
cat >"$program" <<'END'
#!/usr/bin/env bash
if [ "$1" = --version ]; then echo "looplab 0.0.0 ($(cat "$0.commit")), no compiler"; exit; fi
shift # run CLAIM --preset PRESET --threads N --out DIR --record --minutes N
rows=$1/results/$3/rows.jsonl
case $3 in quick | slow | bad) ;; *) echo "looplab: unknown preset $3" >&2; exit 2 ;; esac
if [ "${10}" != 1e-9 ]; then
  if [ "$3" = bad ]; then echo "looplab: no memory" >&2; exit 6; fi
  if [ "$3" = slow ]; then
    trap 'kill $!; exit 130' TERM
    sleep 60 &
    ps -o ni= -p $$ >"$0.started" # a pipe: the test reads it
    wait
  fi
  echo '{"claim":"c","environment":{"commit":"0123abc"}}' >>"$rows"
fi
done=$(cat "$rows" 2>/dev/null | wc -l)
if [ "$done" -lt 3 ]; then
  echo "looplab: time limit reached; $done of 3 runs are done, $((3 - done)) are left and what was begun is saved."
fi
END
chmod +x "$program"
echo 0000000000 >"$program.commit"
expect 1 "is of commit '0000000000'" "$queue" start
git -C "$clone" describe --always --exclude='*' --abbrev=10 >"$program.commit"
expect 1 "--list is '$folder/none', which cannot be read" "$queue" start --list "$folder/none"
list_is() { printf '%s\n' "$@" >"$list"; }
list_is "looping improves"
expect 2 "has the claim 'loopingimproves', expected one of:" "$queue" start --list "$list"
list_is "$claim:quick:1x1:2"
expect 2 "has '$claim:quick:1x1:2', expected CLAIM[:PRESET[:CELLS]]" "$queue" start --list "$list"
list_is "$claim:fast:1x1"
expect 2 "has '$claim:fast:1x1': unknown preset fast" "$queue" start --list "$list"
echo "# changed" >>"$clone/experiments/setup.sh"
expect 1 "has changed files" "$queue" start --list "$list"
git -C "$clone" checkout -q .

# --- rows, commits, failures ----------------------------------------------------------------------
list_is "# a comment" "" "$claim:bad" "$claim:quick:1x?  # two cells"
echo two >other.txt && git add other.txt
status=0
"$queue" start --list "$list" --commit >"$folder/said" 2>&1 || status=$?
[ $status -eq 1 ] || fault "a failed entry: exit code $status, expected 1"
has "$folder/said" "$claim:quick:1x?: 0 of 3 runs are done, 3 are left."
has "$folder/said" "$claim:quick:1x?: 2 of 3 runs are done, 1 are left."
has "$folder/said" "$claim:bad: failed with exit code 6"
has "$clone/build/queue/claims/$claim/claim.ini" "cells = 1x?"
[ "$(wc -l <$rows)" -eq 3 ] || fault "expected 3 rows: $(cat $rows)"
git log --format=%B -1 >"$folder/message"
has "$folder/message" "experiments: record finished runs of $claim (quick), 1 more"
has "$folder/message" "Rows made by looplab 0123abc"
[ "$(git log --format= --name-only -3 | sort -u)" = "$rows" ] || fault "other files were committed"
[ "$(git status --porcelain)" = "M  other.txt" ] || fault "the tree has changed: $(git status --porcelain)"

sed -i 1d $rows
"$queue" start --list "$list" --commit >"$folder/said" 2>&1 || true
has "$folder/said" "Not committed: $rows lacks rows of the last commit: 1"
git checkout -q HEAD -- $rows
list_is "$claim:quick"
"$queue" start --list "$list" >"$folder/said" 2>&1
has "$folder/said" "0 of 1 entries have runs to do"

# --- one at a time, and the end by request --------------------------------------------------------
list_is "$claim:slow"
mkfifo "$program.started"
for how in stop TERM; do
  "$queue" start --list "$list" >"$folder/said" 2>&1 &
  process=$!
  nice=$(cat "$program.started")
  [ "$nice" -eq 19 ] || fault "the program has nice $nice, expected 19"
  expect 1 "already running" "$queue" start --list "$list"
  [[ $("$queue" status) == "The queue runs."*"Running $claim:slow." ]] || fault "status: $("$queue" status)"
  if [ $how = stop ]; then "$queue" stop >/dev/null; else kill -TERM $process; fi
  wait $process || fault "stopped by $how: exit code $?"
  has "$folder/said" "Stopped; start continues."
done

# --- the program itself ---------------------------------------------------------------------------
if [ -n "$looplab" ]; then
  cat >"$program" <<END
#!/usr/bin/env bash
if [ "\$1" = --version ]; then echo "looplab 0.0.0 (\$(cat "\$0.commit"))"; else exec "$looplab" "\$@"; fi
END
  list_is "$claim:smoke:1x1,1x4"
  "$queue" start --list "$list" --jobs 2 --commit >"$folder/said" 2>&1 || fault "exit code $?"
  has "$folder/said" "$claim:smoke:1x1,1x4: 0 of 4 runs are done, 4 are left."
  has "$folder/said" "Committed new rows of $claim (smoke): 4."
  [ "$(git status --porcelain)" = "M  other.txt" ] || fault "the tree has changed: $(git status --porcelain)"
  "$queue" start --list "$list" >"$folder/said" 2>&1 || fault "again: exit code $?"
  has "$folder/said" "$claim:smoke:1x1,1x4: all runs are done."
fi
if [ $failures -gt 0 ] && [ -f "$folder/said" ]; then cat "$folder/said"; fi
exit $((failures > 0))
