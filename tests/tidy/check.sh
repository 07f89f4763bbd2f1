#!/usr/bin/env bash
# clang-tidy over what is not a test, as .clang-tidy says. Nothing is built.
#   tests/tidy/check.sh [file.cc...]        all when none is named
set -euo pipefail
cd "$(dirname "$0")/../.."
. deploy/lib.sh

install_packages deploy/packages/build.txt deploy/packages/clang.txt
for version in "" -14 -19; do
  command -v "clang-tidy$version" >/dev/null && command -v "clang++$version" >/dev/null && break
done
command -v "clang-tidy$version" >/dev/null || die "clang-tidy is missing: apt-get install clang-tidy"
cmake --preset dev -B build/tidy -DVINKKI_TESTS=OFF -DCMAKE_C_COMPILER="clang$version" \
  -DCMAKE_CXX_COMPILER="clang++$version" >/dev/null

files=("$@")
[ $# -gt 0 ] || mapfile -t files < <(git ls-files '*.cc' ':!tests' ':!bench')
log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
printf '%s\0' "${files[@]}" | xargs -0 -n 4 -P "$(nproc)" \
  "clang-tidy$version" -p build/tidy --quiet >"$log" 2>/dev/null || status=1
# A finding in a header is found once for each file that includes it.
{ grep -E '^/.*(warning|error):' "$log" || true; } | sort -u | sed "s#$PWD/##"
[ "$status" -eq 0 ] || die "the lines above say what clang-tidy takes exception to"
say "${#files[@]} files, nothing found"
