"""Which artifact paths a role's globs allow: one meaning, in the agent and in the engine.

``*`` and ``?`` stay inside one directory, ``[...]`` is a character class, ``**`` crosses directories:
``src/**`` is everything below ``src``, ``**/x.md`` is ``x.md`` at any depth, ``**`` is everything.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

PATH_BYTES: Final = 400
"""Longest artifact path, UTF-8 bytes."""


class PathError(ValueError):
    """A path that no artifact can have."""


def normalise(path: str) -> str:
    """``path`` in Unicode form NFC. Raises :class:`PathError` for what could name anything but one artifact."""
    text = unicodedata.normalize("NFC", path)
    if not text:
        raise PathError("the path is empty")
    if len(text.encode("utf-8", "surrogatepass")) > PATH_BYTES:
        raise PathError(f"the path is longer than {PATH_BYTES} bytes")
    if text.startswith("/") or re.match(r"[A-Za-z]:", text):
        raise PathError("the path is absolute; start it with a directory name")
    if "\\" in text:
        raise PathError("the path holds a backslash; separate with /")
    if any(unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") for character in text):
        raise PathError("the path holds a control character")
    if any(part in ("", ".", "..") for part in text.split("/")):
        raise PathError("the path holds an empty part, '.' or '..'")
    return text


def matches(path: str, globs: Iterable[str]) -> bool:
    """Whether one of ``globs`` allows ``path``, which must be normalised."""
    return any(_compiled(glob).fullmatch(path) is not None for glob in globs)


@lru_cache(maxsize=1024)
def _compiled(glob: str) -> re.Pattern[str]:
    pieces: list[str] = []
    rest = unicodedata.normalize("NFC", glob)
    while rest:
        if rest.startswith("**/"):
            piece, rest = "(?:[^/]+/)*", rest[3:]
        elif rest.startswith("**"):
            piece, rest = ".*", rest[2:]
        elif rest[0] == "*":
            piece, rest = "[^/]*", rest[1:]
        elif rest[0] == "?":
            piece, rest = "[^/]", rest[1:]
        elif rest[0] == "[" and (end := rest.find("]", 2)) > 0 and (found := _character_class(rest[1:end])):
            piece, rest = found, rest[end + 1 :]
        else:
            piece, rest = re.escape(rest[0]), rest[1:]
        pieces.append(piece)
    return re.compile("".join(pieces), re.DOTALL)


def _character_class(body: str) -> str | None:
    """The class as a regular expression; None for what is none, as a range that runs backwards."""
    if "--" in body:
        return None  # reserved by Python for set difference
    negated = body.startswith("!")
    inside = re.sub(r"([\\\[\]^&~|])", r"\\\1", body[1:] if negated else body)
    pattern = f"(?!/)[{'^' if negated else ''}{inside}]"
    try:
        re.compile(pattern)
    except re.error:
        return None
    return pattern
