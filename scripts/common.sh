# Functions that the scripts share. This file is sourced, not run.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$root"

# The cache of compiled files serves every checkout on a machine alike.
export CCACHE_BASEDIR="$root" CCACHE_NOHASHDIR=1

# While Ninja builds, each line begins with the share that is done, as in "[ 42%  61/145]".
export NINJA_STATUS='[%p %f/%t] '

say() { echo "== $*"; }

fail() {
  echo "$0: $*" >&2
  exit 1
}

# The number of this Debian release, such as 12; empty on other systems.
debian_release() { (. /etc/os-release && [[ "$ID" == debian ]] && echo "${VERSION_ID:-}") || true; }

# Configures a preset and builds it, or only the targets named: build_preset <name> [target...]
build_preset() {
  local preset="$1"
  shift
  say "building ${*:-everything} into build/$preset"
  cmake --preset "$preset" -DBENNU_WERROR="${BENNU_WERROR:-OFF}" >/dev/null
  cmake --build --preset "$preset" ${*:+--target "$@"}
}

# Installs what a folder's package-lock.json names, unless that is there already: npm_install <folder>
npm_install() {
  if [[ "$1/node_modules/.package-lock.json" -nt "$1/package-lock.json" ]]; then return; fi
  say "installing the npm packages of $1"
  (cd "$1" && npm ci --no-audit --no-fund --loglevel=error)
}

# The project's own files whose names match: list_sources '*.hpp'
list_sources() {
  find runtime pubsub transport channels apps test -name node_modules -prune -o -type f -name "$1" -print | LC_ALL=C sort
}
