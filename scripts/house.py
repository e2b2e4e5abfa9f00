"""What scripts/check-layers and scripts/measure-house both need: the sources, their rooms and their includes."""
import functools
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent
SRC = ROOT / "src"
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)


class House:
    """All files of src/, named relative to it."""

    def __init__(self):
        self.files = sorted(str(path.relative_to(SRC)) for path in SRC.rglob("*") if path.is_file())
        self.texts = {name: (SRC / name).read_text() for name in self.files if name.endswith((".cpp", ".hpp"))}
        self.own, self.foreign = {}, {}
        for name, text in self.texts.items():
            found = INCLUDE.findall(text)
            self.own[name] = [header for sign, header in found if sign == '"']
            self.foreign[name] = [header for sign, header in found if sign == "<"]

    def lines(self, name):
        return self.texts[name].count("\n")

    def line_of_include(self, name, header):
        for number, line in enumerate(self.texts[name].splitlines(), 1):
            match = INCLUDE.match(line)
            if match and match[2] == header:
                return number
        return 0

    @functools.cache
    def chain(self, name):
        """The longest chain of our own includes that begins with this file."""
        return (name, *max((self.chain(header) for header in self.own[name] if header in self.own), key=len, default=()))

    def longest_chain(self):
        return max(map(self.chain, self.own), key=len)

    def reached_from(self, name):
        """Everything that a file includes, directly or not: our headers and foreign ones, each with the way there."""
        ways, waiting = {}, [(name, (name,))]
        while waiting:
            at, way = waiting.pop(0)
            for header in self.foreign[at]:
                ways.setdefault(header, (*way, f"<{header}>"))
            for header in self.own[at]:
                if header not in ways:
                    ways[header] = (*way, header)
                    if header in self.own:
                        waiting.append((header, ways[header]))
        return ways


def room_of(name):
    return name.split("/")[0] if "/" in name else ""
