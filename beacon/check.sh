#!/bin/sh
# Fails unless beacon/dist is exactly what the sources build to.
set -eu
cd "$(dirname "$0")"
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
./build.sh "$out"
for file in vinkki.js offer.js; do
  cmp "dist/$file" "$out/$file" || {
    echo "beacon/dist/$file is not what the sources build to: run beacon/build.sh and commit" >&2
    exit 1
  }
done
echo "beacon/dist is up to date"
