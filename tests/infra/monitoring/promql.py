"""Names in a PromQL expression: its metrics, and labels that it matches or groups by. Enough for our own queries."""

import re
from dataclasses import dataclass

TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[0-9]+[a-z]+|[0-9.]+|[A-Za-z_:][A-Za-z0-9_:]*|=~|!~|!=|[^\sA-Za-z0-9]')
GROUPING = {"by", "without", "on", "ignoring", "group_left", "group_right"}
WORDS = {"and", "or", "unless", "bool", "offset"}


@dataclass(frozen=True)
class Names:
    """``matched`` are pairs of a metric and a label in its braces; ``grouped`` are labels of the whole expression."""

    metrics: frozenset[str]
    matched: frozenset[tuple[str, str]]
    grouped: frozenset[str]


def names(expression: str) -> Names:
    """Names in ``expression``."""
    tokens = [*TOKEN.findall(expression), ""]
    metrics: set[str] = set()
    matched: set[tuple[str, str]] = set()
    grouped: set[str] = set()
    metric, place = "", ""
    for index, token in enumerate(tokens[:-1]):
        following = tokens[index + 1]
        is_name = re.fullmatch(r"[A-Za-z_:][A-Za-z0-9_:]*", token) is not None
        if token in GROUPING:
            place = "grouping"
        elif token == "{":
            place = "braces"
        elif token in ("}", ")"):
            place = ""
        elif not is_name or token in WORDS:
            continue
        elif place == "grouping":
            grouped.add(token)
        elif place == "braces":
            matched.add((metric, token))
        elif following != "(" and following not in GROUPING:
            metric = token
            metrics.add(token)
    return Names(frozenset(metrics), frozenset(matched), frozenset(grouped))
