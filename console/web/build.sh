#!/bin/sh
# Builds console/web/dist (or the folder given) from console/web/src and prints the sizes.
set -eu
cd "$(dirname "$0")"
[ -d node_modules/esbuild ] || npm ci
exec node build.mjs "$@"
