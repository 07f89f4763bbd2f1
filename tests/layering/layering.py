#!/usr/bin/env python3
"""The arrows between rooms, held against the includes: which room may include which, and in
which files each third-party library may be included. Exit status 1 and a line for each breach."""
import pathlib
import re
import sys

ROOMS = {
    "base": set(),
    "rules": {"base"},
    "engine": {"rules", "base"},
    "sinks": {"engine", "base"},
    "collector": {"engine", "rules", "base"},
    "console": {"engine", "rules", "base"},
    "cmd": {"base", "rules", "engine", "sinks", "collector", "console"},
}

# Include prefix -> the only files that may have it.
LIBRARIES = {
    "rocksdb/": {"engine/store.cc"},
    "librdkafka/": {"sinks/kafka_producer.cc"},
    "simdjson.h": {"collector/event_reader.h", "console/rules_body.cc"},
    "httplib.h": {"base/http_client.cc", "console/staff.cc"},
    "boost/": {"collector/"},
    "libfyaml.h": {"rules/yaml.cc"},
    "re2/": {"rules/regex.cc"},
    "CLI/": {"cmd/main/main.cc"},
    "spdlog/": {"base/log.cc"},
    "prometheus/": {"base/metrics.cc"},
    "openssl/": {"base/hash.cc"},
    "date/": {"rules/zone.cc"},
    "zlib.h": {"collector/"},
    "benchmark/": set(),
    "doctest/": set(),
}

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.M)


def breaches(root):
    for room, may in ROOMS.items():
        for path in sorted((root / room).rglob("*")):
            if path.suffix not in {".h", ".cc"}:
                continue
            name = path.relative_to(root).as_posix()
            for target in INCLUDE.findall(path.read_text()):
                other = target.split("/")[0]
                if other in ROOMS and other != room and other not in may:
                    yield f"{name}: {room} may not include {target}"
                for prefix, files in LIBRARIES.items():
                    if target.startswith(prefix) and not any(name.startswith(f) for f in files):
                        yield f"{name}: {target} belongs in {', '.join(sorted(files)) or 'tests'}"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    found = list(breaches(root))
    rooms = sum(1 for room in ROOMS if any((root / room).glob("*.h")))
    if rooms < 5:  # a check that looks at nothing must not pass
        found.append(f"{root}: only {rooms} rooms found; is this the project's root?")
    print("\n".join(found) or f"{rooms} rooms, no breach")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
