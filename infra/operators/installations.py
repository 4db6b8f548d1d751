"""Which charts make an operator, with which values, and what must be there first."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from infra.charts import Chart
from infra.sections.cluster import Operator
from infra.settings import Settings


@dataclass(frozen=True)
class Installation:
    """One chart of an operator; ``after`` are operators whose charts come first."""

    chart: Chart
    values: Callable[[Settings], dict[str, Any]]
    after: tuple[Operator, ...] = ()


INSTALLATIONS: Final[dict[Operator, tuple[Installation, ...]]] = {}
"""In an order in which ``after`` names earlier ones; the charts of one operator are installed one after the other."""
