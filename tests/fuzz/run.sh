#!/usr/bin/env bash
# Fuzzes the readers of foreign bytes, one target after the other.
#   tests/fuzz/run.sh [CPU-seconds for each, 60] [target...]        yaml expr test_file decode http
# What is found is a file build/fuzz/found/<target>-crash-...; the exit status says whether any was.
# The corpus grows in build/fuzz/corpus; `tests/fuzz/run.sh keep` takes the smallest set of inputs
# that reaches the same code into tests/fuzz/corpus, which the unit test fuzz_test runs too.
set -euo pipefail
cd "$(dirname "$0")/../.."
. deploy/lib.sh

all=(yaml expr test_file decode http)
largest_kept=512  # bytes of an input that is committed
keep=""
seconds=60
case "${1:-}" in
  keep) keep=yes; shift ;;
  ""|*[!0-9]*) ;;
  *) seconds=$1; shift ;;
esac
[ $# -gt 0 ] && all=("$@")

install_packages deploy/packages/build.txt deploy/packages/clang.txt
# Debian's package clang is clang-14 on 12 and clang-19 on 13; either may stand there alone.
for version in "" -14 -19; do
  command -v "clang++$version" >/dev/null && command -v "clang$version" >/dev/null && break
done
command -v "clang++$version" >/dev/null || die "clang++ is missing: apt-get install clang"
say "building with clang++$version (fuzz)"
cmake --preset fuzz -DCMAKE_C_COMPILER="clang$version" -DCMAKE_CXX_COMPILER="clang++$version" >/dev/null
cmake --build --preset fuzz --target "${all[@]/%/_fuzz}" >&2

# Folders of good input to begin with, besides the committed corpus.
seeds() {
  case $1 in
    yaml|test_file) echo rules/packs ;;
  esac
}

# libFuzzer counts wall-clock seconds; on a busy machine that is less work. So it runs in slices
# until its own processes have used the CPU-seconds.
fuzz() {
  local name=$1 used=0 corpus=build/fuzz/corpus/$1_fuzz
  mkdir -p "$corpus" build/fuzz/found "tests/fuzz/corpus/$1_fuzz"
  local options=(-timeout=10 -rss_limit_mb=2048 -max_len=4096 -print_final_stats=1
                 "-artifact_prefix=build/fuzz/found/$name-")
  [ -f "tests/fuzz/$name.dict" ] && options+=("-dict=tests/fuzz/$name.dict")
  while [ "$used" -lt "$seconds" ]; do
    local left=$((seconds - used))
    # shellcheck disable=SC2046
    TIMEFORMAT=%U; { time "build/fuzz/tests/fuzz/${name}_fuzz" "${options[@]}" \
      -max_total_time=$((left > 300 ? 300 : left)) "$corpus" "tests/fuzz/corpus/${name}_fuzz" \
      $(seeds "$name") >"build/fuzz/$name.log" 2>&1; } 2>build/fuzz/time \
      || { tail -40 "build/fuzz/$name.log" >&2; say "$name: FOUND after $used s"; return 1; }
    used=$((used + $(sed 's/[.,].*//' build/fuzz/time)))
    say "$name: $used of $seconds CPU-seconds, $(find "$corpus" -type f | wc -l) inputs," \
      "$(grep -o 'cov: [0-9]*' "build/fuzz/$name.log" | tail -1)"
  done
}

# Inputs with names of their own (not libFuzzer's hashes) stay: seeds, and what was found once.
keep() {
  local name=$1 kept=tests/fuzz/corpus/$1_fuzz small=build/fuzz/small fresh=build/fuzz/kept
  rm -rf "$small" "$fresh"; mkdir -p "$small" "$fresh" "$kept"
  find "build/fuzz/corpus/${name}_fuzz" "$kept" -type f -size -${largest_kept}c -exec cp -t "$small" {} +
  "build/fuzz/tests/fuzz/${name}_fuzz" -set_cover_merge=1 -artifact_prefix=build/fuzz/found/ "$fresh" "$small" >/dev/null 2>&1
  find "$kept" -type f -regextype posix-extended -regex '.*/[0-9a-f]{40}' -delete
  cp "$fresh"/* "$kept/"
  say "$name: $(find "$kept" -type f | wc -l) inputs, $(du -bs "$kept" | cut -f1) bytes"
}

for name in "${all[@]}"; do
  if [ -n "$keep" ]; then keep "$name"; else fuzz "$name"; fi
done
