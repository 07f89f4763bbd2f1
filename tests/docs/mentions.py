#!/usr/bin/env python3
"""Nothing names a page that the project does not have: every *.md, and every file under docs/, that
some file mentions, exists: from the root, from docs/ or from the file's own folder. Exit status 1 and a line for
each that does not."""
import pathlib
import re
import sys

SKIPPED = {".git", "build", "node_modules", "dist", "shots", "corpus"}
MENTION = re.compile(r"(?<![\w*/.-])((?:\.\./)*[\w][\w./-]*\.md\b|docs/[\w./-]*\w\.\w+)")


def files(folder):
    for path in sorted(folder.iterdir()):
        if path.name in SKIPPED or path.is_symlink():
            continue
        if path.is_dir():
            yield from files(path)
        else:
            yield path


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    missing, looked, mentions = [], 0, 0
    for path in files(root):
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        looked += 1
        for number, line in enumerate(text.splitlines(), 1):
            for name in MENTION.findall(line):
                mentions += 1
                if not any((base / name).exists() for base in (root, path.parent, root / "docs")):
                    missing.append(f"{path.relative_to(root)}:{number}: there is no {name}")
    if looked < 100 or mentions < 20:  # a check that looks at nothing must not pass
        missing.append(f"{root}: only {looked} files, {mentions} mentions; is this the root?")
    print("\n".join(missing) or f"{looked} files, {mentions} mentions of pages: all there")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
