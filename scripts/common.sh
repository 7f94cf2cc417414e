# What the scripts share; sourced, not run.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$root"

# The cache of compiled files serves every checkout on a machine alike.
export CCACHE_BASEDIR="$root" CCACHE_NOHASHDIR=1

say() { echo "== $*"; }

fail() {
  echo "$0: $*" >&2
  exit 1
}

# Configures and builds a preset: build_preset <name>
build_preset() {
  say "building the preset $1 into build/$1"
  cmake --preset "$1" -DBENNU_WERROR="${BENNU_WERROR:-OFF}" >/dev/null
  cmake --build --preset "$1"
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
