#!/usr/bin/env bash
# Measures Vinkki on this machine, always against a peer in the same run. Takes about ten minutes.
#
#   bench/run.sh [parts] [whole] [latency] [memory] [compare] [many] [real]     default: all seven
#
# parts    Google Benchmark: decoding, Step, codecs, commit
# whole    wrk with beacon bodies of ten events: nginx appending them to a buffered log, then Vinkki
#          (rules_10, fsync on), in turn, three rounds; the ratio of each pair and their median
# latency  from an event to its offer on an open stream, at half of the load of `whole`
# memory   resident memory after 1,000,000 distinct visitors
# compare  vinkki replay --threads 1 of 2,000,000 events with 4 rules and with 100: from the file, JSON
#          included, and from a data folder that they were imported into; three rounds
# many     the same of 2,000,000 events of a shop's visits, stored, with 10 rules, with 1,000 of which
#          only those ten concern anybody (1000_elsewhere), and with 1,000
# real     the same of the traffic of two real shops, samples of which are no part of the project
#          (REAL_DATA, or ../shared/data): with the packs, with 10 rules, with 1,000; medians
set -euo pipefail
cd "$(dirname "$0")/.."
. deploy/lib.sh
install_packages deploy/packages/build.txt deploy/packages/bench.txt deploy/packages/test.txt
build bench

what=("$@"); [ $# -gt 0 ] || what=(parts whole latency memory compare many real)
seconds=${SECONDS_EACH:-10} connections=${CONNECTIONS:-64}
io_threads=${IO_THREADS:-1} shards=${SHARDS:-1}
vinkki=build/bench/vinkki
dir=$(mktemp -d "${BENCH_DIR:-/var/tmp}/vinkki-bench.XXXXXX")
chmod 755 "$dir"  # nginx works as nobody
server="" peer=""
stop_all() {
  [ -n "$server" ] && kill "$server" 2>/dev/null && wait "$server" 2>/dev/null
  [ -n "$peer" ] && kill "$peer" 2>/dev/null && wait "$peer" 2>/dev/null
  server="" peer=""
}
trap 'stop_all; rm -rf "$dir"' EXIT

start_vinkki() {  # fresh data folder; extra arguments are passed on
  rm -rf "$dir/data"
  cat >"$dir/vinkki.yml" <<END
version: 1
sites: [{ key: bench, origins: ["http://localhost"] }]
log: warn
END
  "$vinkki" serve --config "$dir/vinkki.yml" --rules bench/rules_10 --data "$dir/data" \
    --listen 127.0.0.1:0 --staff 127.0.0.1:0 --io-threads "$io_threads" --shards "$shards" "$@" \
    >"$dir/out" 2>"$dir/log" &
  server=$!
  for _ in $(seq 100); do grep -q '^staff: ' "$dir/out" && break; sleep 0.1; done
  port=$(sed -n 's#^visitors: http://localhost:##p' "$dir/out")
  staff=$(sed -n 's/^staff: //p' "$dir/out")
  [ -n "$port" ] || { cat "$dir/log" >&2; die "the server did not start"; }
}

start_nginx() {
  mkdir -p "$dir/nginx"; rm -f "$dir/nginx/bodies.log"
  local nginx_port=$((20000 + RANDOM % 10000))
  sed "s#@DIR@#$dir/nginx#; s#@PORT@#$nginx_port#" bench/nginx.conf.in >"$dir/nginx/nginx.conf"
  nginx -c "$dir/nginx/nginx.conf" -p "$dir/nginx" 2>"$dir/nginx/out" &
  peer=$!; port=$nginx_port; sleep 1
}

load() {  # load SECONDS [NAME=VALUE...]: wrk's RESULT line
  local time=$1; shift
  env RUN="$RANDOM$RANDOM" "$@" wrk -t1 -c"$connections" -d"${time}s" --latency \
    -s bench/bodies.lua "http://127.0.0.1:$port" | grep '^RESULT'
}
rate_of() { sed -n 's#.*requests/s \([0-9]*\).*#\1#p' <<<"$1"; }
metric() {
  curl -s -H "Authorization: Bearer ${staff##*token=}" "${staff%%/#*}/metrics" | grep "^$1" || true
}
resident_mib() { awk '/^VmRSS/ {printf "%d", $2 / 1024}' "/proc/$server/status"; }

parts() {
  for program in build/bench/bench/*_bench; do
    "$program" --benchmark_min_time=0.5 2>/dev/null
  done
}

whole() {
  local ratios=() round
  for round in 1 2 3; do
    start_nginx; local theirs; theirs=$(load "$seconds"); stop_all
    start_vinkki; local ours; ours=$(load "$seconds")
    echo "round $round: nginx $theirs"
    echo "round $round: vinkki $ours rss_mib $(resident_mib)"
    metric vinkki_commit_batches_sum; metric vinkki_commit_batches_count
    stop_all
    ratios+=("$(awk -v a="$(rate_of "$ours")" -v b="$(rate_of "$theirs")" 'BEGIN {printf "%.3f", a / b}')")
    last_rate=$(rate_of "$ours")
  done
  echo "ratios ${ratios[*]}; median $(printf '%s\n' "${ratios[@]}" | sort | sed -n 2p); \
vinkki $((last_rate * 10)) events/s in the last round"
}

latency() {
  start_vinkki
  local result full waits
  result=$(load 5); full=$(rate_of "$result")
  waits=$(sed -n 's#.*p50_us \([0-9]*\).*#\1#p' <<<"$result")
  # wrk waits DELAY ms between an answer and the next request of a connection: half of the load.
  local pause; pause=$(awk -v c="$connections" -v r="$full" -v w="$waits" \
    'BEGIN {printf "%.2f", 1000 * c / (r / 2) - w / 1000}')
  load $((seconds + 2)) DELAY="$pause" >"$dir/half" & local loader=$!
  sleep 1
  "build/bench/bench/trigger_latency" "$port" bench http://localhost "$seconds"
  wait "$loader"
  echo "full $full requests/s; half: $(cat "$dir/half")"
  stop_all
}

memory() {
  start_vinkki
  echo "resident before: $(resident_mib) MiB"
  # One request for each of more than a million visitors.
  local sent=0
  while [ "$sent" -lt 1000000 ]; do
    sent=$((sent + $(rate_of "$(load "$seconds" VISITORS=100000000)") * seconds))
  done
  local resident; resident=$(resident_mib)
  metric vinkki_cache_
  stop_all
  # limits.cache (256 MiB), RocksDB's block cache (64) and memtables (256), and what the program has
  # before any visitor (24).
  echo "visitors: $sent; resident after: $resident MiB; bound: 600 MiB"
  [ "$resident" -le 600 ] || die "more memory than the bound"
}

replay() {  # replay WHAT RULES ARGUMENT...: prints events/s by the clock and by CPU time
  local what=$1 rules=$2 folder=$2 times; shift 2
  [ -d "$folder" ] || folder="$dir/input/rules_$rules"
  times=$( { TIMEFORMAT='%R %U %S'; time "$vinkki" replay --threads 1 \
    --rules "$folder" "$@" >"$dir/out" 2>"$dir/log"; } 2>&1) ||
    { cat "$dir/log" >&2; die "the replay failed"; }
  took=${times%% *}
  awk -v what="$what" -v rules="${rules##*/}" -v million="$million" '{
    printf "%s, rules %s: %s s, %.2f M events/s; CPU %.2f s, %.2f M events/s\n",
      what, rules, $1, million / $1, $2 + $3, million / ($2 + $3)}' <<<"$times"
}
million=2  # events that are replayed

input() {  # input PROGRAM RULES: writes rules and events, and stores those in a data folder
  rm -rf "$dir/input"
  "build/bench/bench/$1" "$dir/input"
  "$vinkki" import --data "$dir/input/data" --rules "$dir/input/rules_$2" \
    "$dir/input/events.ndjson" 2>"$dir/log" >"$dir/out" || { cat "$dir/log" >&2; die "import"; }
}

compare() {
  input compare_input 4
  local round rules
  for round in 1 2 3; do
    for rules in 4 100; do
      replay "file" "$rules" --events "$dir/input/events.ndjson"
      replay "data folder" "$rules" --data "$dir/input/data"
    done
  done
}

many() {
  input shop_input 10
  local round rules
  for round in 1 2 3; do
    for rules in 10 1000_elsewhere 1000; do
      replay "data folder" "$rules" --data "$dir/input/data"
    done
  done
}

median() { tr ' ' '\n' <<<"$1" | sort -n | sed -n 2p; }  # of three

# Which rules, and why: real_input.py. Only where there are categories, there are a thousand.
real() {
  local data=${REAL_DATA:-../shared/data} shop rules round sets
  local -A times
  for shop in retailrocket_sample diginetica_cikm2016; do
    [ -d "$data/$shop" ] && continue
    echo "NOT THERE: $data/$shop (REAL_DATA); real traffic was not measured"
    return
  done
  rm -rf "$dir/input"
  bench/real_input.py "$data" "$dir/input"
  for shop in diginetica retailrocket; do
    "$vinkki" import --data "$dir/input/data" --rules "$dir/input/rules_10" \
      "$dir/input/$shop.ndjson" 2>"$dir/log" >"$dir/out" || { cat "$dir/log" >&2; die "import"; }
    million=$(wc -l <"$dir/input/$shop.ndjson" | awk '{print $1 / 1e6}')
    sets=(rules/packs 10); [ "$shop" = retailrocket ] || sets+=(1000)
    times=()
    for round in 1 2 3; do
      for rules in "${sets[@]}"; do
        replay "$shop" "$rules" --data "$dir/input/data"
        times[$rules]+="${times[$rules]:+ }$took"
      done
    done
    for rules in "${sets[@]}"; do
      awk -v shop="$shop" -v rules="${rules##*/}" -v s="$(median "${times[$rules]}")" \
        -v ten="$(median "${times[10]}")" -v million="$million" 'BEGIN {
        printf "%s, rules %s: median %s s, %.2f M events/s, %.0f ns an event, %.2f times ten rules\n",
          shop, rules, s, million / s, 1000 * s / million, s / ten}'
    done
    rm -rf "$dir/input/data"
  done
  million=2
}

for one in "${what[@]}"; do say "$one"; "$one"; done
