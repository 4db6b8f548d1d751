"""NGINX's configuration as directives: what a file says, without spaces, comments and line ends."""

import re
from collections.abc import Iterator

TOKEN = re.compile(
    r"""\s+ | \#[^\n]*
    | (?P<token> "(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*' | [;{}] | (?:\$\{\w+\} | [^\s;{}"'])+ )""",
    re.VERBOSE,
)

Directive = tuple[str, ...]
"""Words; ``{`` at the end opens a block, a lone ``}`` closes one."""


def directives(text: str) -> list[Directive]:
    """Every directive in order."""
    found: list[Directive] = []
    words: list[str] = []
    for token in _tokens(text):
        if token == ";":
            found.append(tuple(words))
            words = []
        elif token in "{}":
            found.append((*words, token))
            words = []
        else:
            words.append(token)
    return found


def _tokens(text: str) -> Iterator[str]:
    at = 0
    while at < len(text):
        match = TOKEN.match(text, at)
        if match is None:
            raise ValueError(f"no configuration of NGINX: {text[at : at + 40]!r}")
        at = match.end()
        if token := match["token"]:
            yield token
