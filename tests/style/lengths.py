#!/usr/bin/env python3
"""How long functions and files are, counted over every C++ and JavaScript file that is not a test: 95%
of the functions at most 40 lines, 95% of the files at most 500, none longer. Exit status 1 otherwise."""
import pathlib
import re
import sys

ROOMS = ["base", "rules", "engine", "sinks", "collector", "console", "cmd", "beacon"]
FUNCTION_LINES = 40
FILE_LINES = 500
SHARE = 0.95

# Comments, texts and characters become blanks, lines stay.
NOISE = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])\'',
                   re.S)
# What stands before the brace of a function's body: its parameters, and what may follow them.
BODY = re.compile(r"\)\s*(?:(?:const|noexcept|override|final|mutable|try|&)\s*)*"
                  r"(?:->[^;{}=]*|:[^:].*)?$", re.S)
IN_INITIALISERS = re.compile(r"\)[\w\s]*:[^:].*[\w>]$", re.S)  # `Foo() : a_{1}`: not yet the body


def blank(match):
    return re.sub(r"[^\n]", " ", match[0])


def functions(text):
    """(line, lines) of every function that has a body."""
    code = NOISE.sub(blank, text)
    code = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", blank, code, flags=re.M)
    scopes = []  # True: a function's body; its head's first byte
    head = 0
    initialiser = 0  # braces open inside of a constructor's initialisers
    for at, char in enumerate(code):
        inside = any(function for function, _ in scopes)
        if char == "{" and not inside and (initialiser or IN_INITIALISERS.search(code[head:at])):
            initialiser += 1
        elif char == "}" and initialiser:
            initialiser -= 1
        elif char == "{":
            before = code[head:at].rstrip()
            scopes.append((not inside and is_function(before), head))
            head = at + 1
        elif char == "}" and scopes:
            function, begin = scopes.pop()
            if function:
                begin += len(code[begin:]) - len(code[begin:].lstrip())
                first = code.count("\n", 0, begin) + 1
                yield first, code.count("\n", 0, at) + 2 - first
            head = at + 1
        elif char == ";" or (char == ":" and re.search(r"\b(public|private|protected)\s*$",
                                                       code[head:at])):
            if not initialiser:
                head = at + 1


def is_function(before):
    if re.search(r"\b(namespace|enum)\b[^()]*$", before) or "(" not in before:
        return False
    if re.search(r"(?<![=!<>])=(?!=)[^()]*$", before):
        return False
    return BODY.search(before) is not None


# A function of JavaScript that is written over several lines: an arrow, `function`, or a method.
JS_HEAD = re.compile(r"(=>|\bfunction\b.*\)|^(?!\s*(?:if|for|while|switch|with)\b)[\w$\"' ]+\(.*\)) \{$")


def js_functions(text):
    """(line, lines) of every function over several lines, those inside of others too. The code is
    indented as its braces are, so a function ends where a line closes at its own indentation."""
    lines = text.split("\n")
    for first, line in enumerate(lines):
        if not JS_HEAD.search(line):
            continue
        indent = line[:len(line) - len(line.lstrip())]
        end = next((at for at in range(first + 1, len(lines)) if lines[at].startswith(indent + "}")),
                   len(lines) - 1)
        yield first + 1, end - first + 1


READERS = {".h": functions, ".cc": functions, ".js": js_functions, ".mjs": js_functions}


def count(root, rooms):
    """[(lines, place)] of functions, and of files."""
    long_functions, long_files = [], []
    for room in rooms:
        for path in sorted((root / room).rglob("*")):
            if path.suffix not in READERS or {"node_modules", "dist"} & set(path.parts):
                continue
            text = path.read_text()
            name = path.relative_to(root).as_posix()
            long_files.append((text.count("\n"), name))
            long_functions += [(lines, f"{name}:{line}") for line, lines in READERS[path.suffix](text)]
    return long_functions, long_files


def told(what, counted, most):
    """One line of sums, and whether enough of them are short."""
    over = sorted((c for c in counted if c[0] > most), reverse=True)
    share = 1 - len(over) / max(1, len(counted))
    print(f"{len(counted)} {what}, {100 * share:.1f}% of at most {most} lines")
    for lines, place in over[:20]:
        print(f"  {place}: {lines} lines")
    return share >= SHARE


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    all_functions, all_files = count(root, ROOMS)
    good = told("functions", all_functions, FUNCTION_LINES)
    good = told("files", all_files, FILE_LINES) and good
    if len(all_functions) < 500 or len(all_files) < 100:  # a check that sees nothing must not pass
        print(f"too little found below {root}: is this the project's root?")
        good = False
    return 0 if good and all(lines <= FILE_LINES for lines, _ in all_files) else 1


if __name__ == "__main__":
    sys.exit(main())
