"""Reads Swift sources just well enough for the checks: code without comments and strings, and the rooms of Package.swift."""
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def blank(text):
    return re.sub(r"[^\n]", " ", text)


def code_only(source):
    """The source with comments and the contents of string literals blanked; lines and columns stay where they were.

    Code inside an interpolation is blanked with its string.
    """
    out, position, end = [], 0, len(source)
    while position < end:
        two = source[position:position + 2]
        if two == "//":
            stop = source.find("\n", position)
            stop = end if stop < 0 else stop
        elif two == "/*":
            stop = block_comment_end(source, position)
        elif opening := re.compile(r'(#*)("""|")').match(source, position):
            stop = string_end(source, opening)
        elif source[position] == "`":
            stop = source.find("`", position + 1) + 1 or end
            out.append(re.sub(r"[^\n]", "_", source[position:stop]))
            position = stop
            continue
        else:
            out.append(source[position])
            position += 1
            continue
        out.append(blank(source[position:stop]))
        position = stop
    return "".join(out)


def block_comment_end(source, position):
    depth = 0
    while position < len(source):
        two = source[position:position + 2]
        if two == "/*":
            depth, position = depth + 1, position + 2
        elif two == "*/":
            depth, position = depth - 1, position + 2
            if depth == 0:
                return position
        else:
            position += 1
    return position


def string_end(source, opening):
    """Where the string literal that begins at `opening` ends; interpolations may hold strings of their own."""
    hashes, quote = opening.groups()
    closing, escape, position = quote + hashes, "\\" + hashes, opening.end()
    while position < len(source):
        if source.startswith(closing, position):
            return position + len(closing)
        if source.startswith(escape + "(", position):
            position = interpolation_end(source, position + len(escape) + 1)
        elif source.startswith(escape, position):
            position += len(escape) + 1
        elif source[position] == "\n" and quote == '"':
            return position
        else:
            position += 1
    return position


def interpolation_end(source, position):
    depth = 1
    while position < len(source) and depth:
        if opening := re.compile(r'(#*)("""|")').match(source, position):
            position = string_end(source, opening)
            continue
        depth += {"(": 1, ")": -1}.get(source[position], 0)
        position += 1
    return position


class Room:
    def __init__(self, name, path, allowed):
        self.name, self.path, self.allowed = name, path, allowed

    def files(self):
        return sorted((ROOT / self.path).rglob("*.swift"))


def rooms():
    """The rooms that Package.swift declares, with the modules that each may import."""
    text = (ROOT / "Package.swift").read_text()
    constants = dict(re.findall(r'let (\w+): Target\.Dependency = \.product\(name: "(\w+)"', text))
    found = []
    for match in re.finditer(r'\broom\(\s*"(\w+)",\s*at:\s*"([^"]+)",\s*', text):
        found.append(Room(match[1], "Sources/" + match[2], modules(bracketed(text, match.end()), constants)))
    for match in re.finditer(r'\.executableTarget\(\s*name:\s*"(\w+)",\s*dependencies:\s*', text):
        path = re.compile(r'\s*,\s*path:\s*"([^"]+)"').match(text, match.end() + len(bracketed(text, match.end())))
        where = path[1] if path else "Sources/" + match[1]
        found.append(Room(match[1], where, modules(bracketed(text, match.end()), constants)))
    return found


def bracketed(text, position):
    """The `[…]` that begins at `position`."""
    depth = 0
    for index in range(position, len(text)):
        depth += {"[": 1, "]": -1}.get(text[index], 0)
        if depth == 0:
            return text[position:index + 1]
    raise SystemExit("Package.swift: a list of dependencies does not end")


def modules(dependencies, constants):
    products = set(re.findall(r'\.product\(name:\s*"(\w+)"', dependencies))
    rest = re.sub(r"\.product\([^)]*\)", "", dependencies)
    names = set(re.findall(r'"(\w+)"', rest))
    words = set(re.findall(r"\b([a-z]\w*)\b", re.sub(r'"\w+"', "", rest)))
    unknown = words - constants.keys()
    if unknown:
        raise SystemExit(f"Package.swift: cannot read the dependencies {sorted(unknown)}")
    return products | names | {constants[word] for word in words}
