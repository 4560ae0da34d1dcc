# Sourced by experiments/reproduce.sh and tests/run.sh: the Debian and Ubuntu packages looplab needs
# (listed here only), their installation, and the first configuration of a build folder.

looplab_packages=(
  g++ cmake ninja-build         # to build
  libdnnl-dev                   # matrix products
  ocl-icd-opencl-dev            # asked for by libdnnl-dev's CMake files
  libeigen3-dev                 # matrix products without oneDNN
  nlohmann-json3-dev            # logs, checkpoints
  libboost-program-options-dev  # command lines, configuration files
  gnuplot-nox                   # figures of the report
  catch2                        # tests
)
looplab_test_packages=(valgrind qemu-user) # without them two tests of tests/run.sh are skipped
looplab_bench_packages=(libbenchmark-dev python3) # with -DLOOPLAB_BUILD_BENCH=ON only

# One sentence to the user: fail EXIT_CODE WORD...
fail() {
  local code=$1
  shift
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit "$code"
}

# need_value OPTION NUMBER_OF_ARGUMENTS_LEFT NEXT_ARGUMENT
need_value() {
  if [ "$2" -lt 2 ] || [[ $3 == --* || -z $3 ]]; then fail 2 "$1 needs a value (see --help)."; fi
}

# need_count OPTION VALUE
need_count() {
  if ! [[ $2 =~ ^[1-9][0-9]{0,5}$ ]]; then
    fail 2 "$1 is '$2', expected a whole number, 1 or more."
  fi
}

# Installs what is missing, and touches nothing when all is there.
install_packages() {
  local package missing=() as_root=()
  if ! command -v dpkg-query >/dev/null; then
    echo "This is not Debian or Ubuntu: the packages are not checked. Needed, by their Debian names:"
    echo "  $*"
    return
  fi
  for package in "$@"; do
    if [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" != installed ]; then
      missing+=("$package")
    fi
  done
  if [ ${#missing[@]} -eq 0 ]; then return; fi

  local command="sudo apt-get install --no-install-recommends ${missing[*]}"
  if [ "$(id -u)" -ne 0 ]; then
    # Without a terminal sudo cannot ask for a password.
    if ! command -v sudo >/dev/null || { [ ! -t 0 ] && ! sudo -n true 2>/dev/null; }; then
      fail 1 "packages are missing and may not be installed from here; please run:  $command"
    fi
    as_root=(sudo)
  fi
  apt() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get "$@"; }
  echo "Installing ${missing[*]}"
  if ! compgen -G '/var/lib/apt/lists/*_Packages*' >/dev/null; then apt update -qq || true; fi
  apt install -y --no-install-recommends "${missing[@]}" ||
    { apt update -qq && apt install -y --no-install-recommends "${missing[@]}"; } ||
    fail 1 "packages could not be installed; please run:  sudo apt-get update && $command"
}

# configure SOURCE BUILD OPTION...: by Ninja if it is there; a folder keeps the generator it has.
configure() {
  local source=$1 build=$2 generator=()
  shift 2
  if [ ! -f "$build/CMakeCache.txt" ] && command -v ninja >/dev/null; then generator=(-G Ninja); fi
  cmake -S "$source" -B "$build" "${generator[@]}" -DCMAKE_BUILD_TYPE=Release "$@" >"$build.log" 2>&1 || {
    cat "$build.log" >&2
    fail 1 "configuring failed, see above."
  }
}
