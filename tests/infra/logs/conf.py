"""Reading a Fluentd configuration back: sections, parameters, and where they stand."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

OPEN = re.compile(r"^<([a-z_]+)(?: ([^>]+))?>$")
CLOSE = re.compile(r"^</([a-z_]+)>$")
PARAMETER = re.compile(r"^(@?[a-z0-9_]+) (\S.*)$")


@dataclass
class Section:
    """One section; ``parameters`` as they are written."""

    name: str
    argument: str = ""
    parameters: dict[str, str] = field(default_factory=dict[str, str])
    inside: list["Section"] = field(default_factory=list["Section"])

    def all(self) -> Iterator["Section"]:
        """Itself and every section below it."""
        yield self
        for below in self.inside:
            yield from below.all()

    def of(self, name: str, argument: str = "") -> "Section":
        """The one section below it with this name and argument."""
        (found,) = [each for each in self.inside if (each.name, each.argument) == (name, argument or each.argument)]
        return found


def read(text: str) -> Section:
    """The root. Raises AssertionError for what Fluentd's parser would not read either."""
    root = Section("ROOT")
    open_ones = [root]
    for number, line in enumerate(map(str.strip, text.splitlines()), 1):
        if not line:
            continue
        if opened := OPEN.match(line):
            section = Section(opened[1], opened[2] or "")
            open_ones[-1].inside.append(section)
            open_ones.append(section)
        elif closed := CLOSE.match(line):
            assert open_ones.pop().name == closed[1], f"line {number} closes another section"
        else:
            parameter = PARAMETER.match(line)
            assert parameter, f"line {number} is no parameter: {line}"
            assert parameter[1] not in open_ones[-1].parameters, f"line {number} says {parameter[1]} again"
            open_ones[-1].parameters[parameter[1]] = parameter[2]
    assert open_ones == [root], "a section stays open"
    return root
