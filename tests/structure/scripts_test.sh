#!/usr/bin/env bash
# scripts_test.sh ROOT FOLDER: what reproduce.sh, run.sh and measure.sh say to wrong arguments and on a machine
# without the packages. Nothing is installed or built: every call here ends before that.
set -euo pipefail
reproduce=$1/experiments/reproduce.sh
run=$1/tests/run.sh
measure=$1/experiments/looping_costs_time_not_parameters/measure.sh
folder=$2
failures=0
rm -rf "$folder"
mkdir -p "$folder/bin"
cd "$folder"

# expect CODE TEXT COMMAND...: the exit code, and one line of output that has the text
expect() {
  local code=$1 text=$2 output status=0
  shift 2
  output=$("$@" 2>&1 </dev/null) || status=$?
  if [ $status -ne "$code" ] || [[ $output != *"$text"* ]] || [ "$(wc -l <<<"$output")" -ne 1 ]; then
    printf '%s\n  exit code %s, expected %s with one line saying "%s"; it said:\n%s\n' \
      "$*" $status "$code" "$text" "$output"
    failures=$((failures + 1))
  fi
}

expect 2 "unknown argument '--fast'" "$reproduce" --fast
expect 2 "unknown argument 'quick'" "$reproduce" quick
for option in --preset --seeds --threads --out --only --minutes; do
  expect 2 "$option needs a value" "$reproduce" $option
  expect 2 "$option needs a value" "$reproduce" $option --help
done
expect 2 "--preset is 'fast', expected smoke, quick, standard or paper" "$reproduce" --preset fast
for number in three -1 0 1.5 99999999; do
  expect 2 "--seeds is '$number', expected a whole number" "$reproduce" --seeds "$number"
  expect 2 "--threads is '$number', expected a whole number" "$reproduce" --threads "$number"
  expect 2 "--minutes is '$number', expected a whole number" "$reproduce" --minutes "$number"
  expect 2 "--jobs is '$number', expected a whole number" "$run" --jobs "$number"
done
expect 2 "looping_improves_manipulation" "$reproduce" --only looping_improves_everything
expect 2 "--only is '../tests'" "$reproduce" --only ../tests
touch file
expect 1 "--out is 'file/results', which is not a folder" "$reproduce" --out file/results
expect 2 "unknown argument '--fast'" "$run" --fast
expect 2 "--jobs needs a value" "$run" --jobs
expect 2 "unknown argument '--fast'" "$measure" --fast
expect 2 "--threads is 'two', expected a whole number" "$measure" --threads two
expect 1 "--out is 'file/results', which is not a folder" "$measure" --out file/results

for script in "$reproduce" "$run" "$measure"; do
  help=$("$script" --help)
  if [[ $help != Usage:* || $help != *--no-install* ]]; then
    echo "$script --help printed: $help"
    failures=$((failures + 1))
  fi
done

# A machine without catch2, and a user who may not install: the exact command, and no apt-get.
cat >bin/dpkg-query <<'END'
#!/usr/bin/env bash
case ${!#} in catch2 | libdnnl-dev) exit 1 ;; *) printf installed ;; esac
END
printf '#!/usr/bin/env bash\necho 1000\n' >bin/id
printf '#!/usr/bin/env bash\nexit 1\n' >bin/sudo
printf '#!/usr/bin/env bash\necho apt-get "$@" >>"%s/apt.log"\n' "$folder" >bin/apt-get
chmod +x bin/*
PATH=$folder/bin:$PATH
expect 1 "sudo apt-get install --no-install-recommends libdnnl-dev catch2" "$run"
expect 1 "sudo apt-get install --no-install-recommends libdnnl-dev catch2" "$reproduce"
if [ -e apt.log ]; then
  echo "apt-get was called: $(cat apt.log)"
  failures=$((failures + 1))
fi

# As root only what is missing is installed, and a package that cannot be had ends the script.
source "$1/experiments/setup.sh"
printf '#!/usr/bin/env bash\necho 0\n' >bin/id
(install_packages g++ catch2 cmake >/dev/null)
if ! grep -qx 'apt-get install -y --no-install-recommends catch2' apt.log; then
  echo "expected the installation of catch2 alone, apt-get was called so: $(cat apt.log)"
  failures=$((failures + 1))
fi
printf '#!/usr/bin/env bash\nexit 100\n' >bin/apt-get
expect 1 "sudo apt-get update && sudo apt-get install --no-install-recommends catch2" \
  bash -c "source '$1/experiments/setup.sh'; install_packages catch2 | grep -v ^Installing"
exit $((failures > 0))
