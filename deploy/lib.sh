# What the scripts share: talking to the person, and installing Debian packages. Source it.

say() { printf '\033[1m==> %s\033[0m\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"
  elif command -v sudo >/dev/null; then sudo "$@"
  else die "this needs root: run it as root, or install sudo"
  fi
}

# install_packages FILE...: the Debian packages named in the files that are not there yet. A line
# is a package; "package ?command" is not needed where the command is there from elsewhere.
install_packages() {
  command -v apt-get >/dev/null || die "this script needs Debian 12 or 13 (apt-get is missing)"
  local missing=() name command
  while read -r name command; do
    [ -n "$command" ] && command -v "${command#\?}" >/dev/null && continue
    dpkg-query -W -f='${Status}' "$name" 2>/dev/null | grep -q 'ok installed' && continue
    missing+=("$name")
  done < <(sed 's/#.*//; s/[[:space:]]*$//; /^$/d' "$@")
  [ ${#missing[@]} -eq 0 ] && return 0
  say "installing ${#missing[@]} Debian packages: ${missing[*]}"
  as_root apt-get update -q >&2 || die "apt-get update failed: is the network there?"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
    "${missing[@]}" >&2 || die "apt-get install failed; the lines above say why"
}

# build PRESET [TARGET...]: configure, then build with all cores. VINKKI_TESTS=OFF leaves the tests
# out, for this time only: a folder without them is not one without them for good.
build() {
  local preset=$1; shift
  say "building ($preset)"
  cmake --preset "$preset" -DVINKKI_TESTS="${VINKKI_TESTS:-ON}" >"/tmp/vinkki-cmake-$$.log" 2>&1 \
    || { cat "/tmp/vinkki-cmake-$$.log" >&2; die "cmake could not configure the build"; }
  rm -f "/tmp/vinkki-cmake-$$.log"
  if [ $# -gt 0 ]; then cmake --build --preset "$preset" --target "$@" >&2
  else cmake --build --preset "$preset" >&2; fi || die "the build failed; the lines above say why"
}
