#!/usr/bin/env python3
"""layering.py finds what it is there to find."""
import pathlib
import tempfile

import layering


def main():
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for room in layering.ROOMS:
            (root / room).mkdir()
        (root / "base/a.h").write_text('#include "rules/step.h"\n')
        (root / "sinks/b.cc").write_text('#include "collector/collector.h"\n#include <simdjson.h>\n')
        (root / "engine/ok.cc").write_text('#include "rules/step.h"\n#include <vector>\n')
        found = list(layering.breaches(root))
    assert len(found) == 3, found
    assert found[0].startswith("base/a.h: base may not include rules/step.h"), found


if __name__ == "__main__":
    main()
