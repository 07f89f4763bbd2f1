#!/bin/sh
# Fails unless console/web/dist is exactly what the sources build to.
set -eu
cd "$(dirname "$0")"
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
./build.sh "$out"
for file in index.html app.js app.css icon.svg; do
  cmp "dist/$file" "$out/$file" || {
    echo "console/web/dist/$file is not what the sources build to: run console/web/build.sh" >&2
    exit 1
  }
done
echo "console/web/dist is up to date"
