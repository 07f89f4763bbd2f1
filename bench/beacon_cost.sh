#!/bin/sh
# The beacon's cost on a page's main thread: beacon_cost.sh BUILD_DIR [ROUNDS [throttled]]. See beacon_cost.mjs.
set -eu
[ $# -ge 1 ] || { echo "usage: bench/beacon_cost.sh BUILD_DIR [ROUNDS [throttled]]" >&2; exit 2; }
build=$(cd "$1" && pwd)
shift
cd "$(dirname "$0")/../tests/e2e"
[ -d node_modules/playwright-core ] || npm ci --no-fund --no-audit
exec node ../../bench/beacon_cost.mjs "$build" "$@"
