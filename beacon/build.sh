#!/bin/sh
# Builds beacon/dist (or the folder given) from beacon/src, prints the sizes, fails over budget.
set -eu
cd "$(dirname "$0")"
[ -d node_modules/esbuild ] || npm ci --no-fund --no-audit
exec node build.mjs "$@"
