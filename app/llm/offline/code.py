"""Python that the offline developer writes: a module that works, and tests that pass on it."""

from typing import Final

from app.llm.offline.subject import Subject
from contract.turn import TurnRequest

MODULE: Final = '''"""{title}: {first}.

Requirements met here: {ids}.
"""

from collections.abc import Iterator
from dataclasses import dataclass

REQUIREMENTS = {requirements}


class {name}Error(ValueError):
    """Input that cannot be accepted; the message says what to change."""


@dataclass(frozen=True)
class Entry:
    """One record. ``name`` identifies it."""

    name: str
    detail: str = ""

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise {name}Error("name is empty: give the entry a name")
{stricter}

class Register:
    """Entries by name, in the order in which they came."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {{}}

    def add(self, entry: Entry) -> Entry:
        """Keep ``entry``. Raises :class:`{name}Error` where its name is taken."""
        if entry.name in self._entries:
            raise {name}Error(f"{{entry.name}} exists already: choose another name")
        self._entries[entry.name] = entry
        return entry

    def find(self, name: str) -> Entry | None:
        """The entry of that name, or None."""
        return self._entries.get(name)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)
'''
STRICTER: Final = """        if len(self.name) > 200:
            raise {name}Error("name is longer than 200 characters: shorten it")
"""
TESTS: Final = '''"""Tests of {title}; each names the requirements it checks."""

import unittest

from src.{slug} import REQUIREMENTS, Entry, Register, {name}Error


class {name}Test(unittest.TestCase):
    def test_keeps_what_is_added(self) -> None:
        """{ids}"""
        register = Register()
        entry = register.add(Entry("first", "detail"))
        self.assertIs(register.find("first"), entry)
        self.assertEqual([entry], list(register))
        self.assertEqual(1, len(register))

    def test_refuses_a_name_that_is_taken(self) -> None:
        register = Register()
        register.add(Entry("first"))
        with self.assertRaises({name}Error):
            register.add(Entry("first"))

    def test_refuses_an_empty_name(self) -> None:
        with self.assertRaises({name}Error):
            Entry("  ")
{stricter}
    def test_names_every_requirement(self) -> None:
        self.assertEqual({id_list}, sorted(REQUIREMENTS))


if __name__ == "__main__":
    unittest.main()
'''
STRICTER_TEST: Final = """
    def test_refuses_a_name_that_is_too_long(self) -> None:
        with self.assertRaises({name}Error):
            Entry("x" * 201)
"""


def source_module(turn: TurnRequest, subject: Subject) -> str:
    """``src/<slug>.py``; a review's send-back makes it stricter."""
    fields = _fields(subject)
    stricter = STRICTER.format(**fields) if turn.iteration else ""
    return MODULE.format(stricter=stricter, **fields)


def source_tests(turn: TurnRequest, subject: Subject) -> str:
    """``tests/test_<slug>.py``."""
    fields = _fields(subject)
    stricter = STRICTER_TEST.format(**fields) if turn.iteration else ""
    return TESTS.format(stricter=stricter, **fields)


def _fields(subject: Subject) -> dict[str, str]:
    plain = subject.statements[0].text.encode("ascii", "replace").decode().replace("\\", "/").replace('"', "'")
    return {
        "title": subject.title,
        "first": plain[:80],
        "slug": subject.slug,
        "name": "".join(part.capitalize() for part in subject.slug.split("_")),
        "ids": ", ".join(row.id for row in subject.statements),
        "id_list": repr(sorted(row.id for row in subject.statements)),
        "requirements": repr({row.id: row.text for row in subject.statements}),
    }
