"""PromQL written for one region, asked of a server that holds several: every selector gets one matcher more."""

import re
from typing import Final

from infra.monitoring.metrics import known

TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|(?P<name>[A-Za-z_:][A-Za-z0-9_:]*)(?P<brace>\{)?')
METRICS: Final = frozenset(known())
"""No label is named like one of them, so a name in a grouping is not mistaken for a metric."""


def selecting(expr: str, matcher: str) -> str:
    """``expr`` of series with ``matcher`` (such as ``region=""``) alone; the metrics are those we know."""

    def narrowed(found: re.Match[str]) -> str:
        name = found["name"]
        if name not in METRICS:
            return found[0]
        return f"{name}{{{matcher}," if found["brace"] else f"{name}{{{matcher}}}"

    return TOKEN.sub(narrowed, expr)
