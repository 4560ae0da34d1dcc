#!/usr/bin/env bash
# older_processor.sh runs|refuses PROGRAM ARGUMENT...: on an emulated processor of 2008 (Nehalem,
# without AVX) the program succeeds, or ends with exit code 6 and one sentence that names what is missing.
# Exit code 77: skipped, because qemu-user is missing.
set -euo pipefail
expected=$1
shift
if ! command -v qemu-x86_64 >/dev/null; then
  echo "Skipped: qemu-user is not installed."
  exit 77
fi
status=0
said=$(qemu-x86_64 -cpu Nehalem "$@" 2>&1) || status=$?
printf '%s\nexit code %s\n' "$said" $status
case $expected in
  runs) exit $status ;;
  refuses) [[ $status -eq 6 && $said == *"this processor lacks avx "*"LOOPLAB_NATIVE=OFF"* ]] ;;
esac
