#!/bin/sh
# The browser tests: browser.sh BUILD_DIR [FILE...] starts BUILD_DIR/vinkki with its demo for each
# file and drives it with Debian's Chromium. Screenshots are left in tests/e2e/shots/.
set -eu
[ $# -ge 1 ] || { echo "usage: tests/e2e/browser.sh BUILD_DIR [FILE...]" >&2; exit 2; }
VINKKI_BUILD=$(cd "$1" && pwd)
export VINKKI_BUILD
shift
cd "$(dirname "$0")"
[ -d node_modules/playwright-core ] || npm ci --no-fund --no-audit
[ $# -gt 0 ] || set -- *.test.mjs
exec node --test "$@"
