"""``python -m tests.charts.check_values CHARTDIR VALUES.yaml [--subchart NAME=DIR …]``: are these values the chart's?

Prints every key that the chart ignores. Exit codes: 0 all known, 1 some unknown, 2 Helm refuses the values.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import yaml

from tests.charts.chart import Chart, RenderError
from tests.charts.known import check


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="tests.charts.check_values", description=__doc__)
    parser.add_argument("chart", type=Path, metavar="CHARTDIR")
    parser.add_argument("values", type=Path, metavar="VALUES.yaml")
    parser.add_argument("--subchart", action="append", default=[], type=_named, metavar="NAME=DIR")
    parser.add_argument("--namespace", default="default")
    parser.add_argument("--api-version", action="append", default=[], metavar="GROUP/VERSION")
    chosen = parser.parse_args(arguments)
    values = yaml.safe_load(chosen.values.read_text(encoding="utf-8")) or {}
    try:
        verdict = check(Chart(chosen.chart, dict(chosen.subchart)), values, chosen.namespace, tuple(chosen.api_version))
    except RenderError as error:
        print(f"Helm refuses these values: {error}", file=sys.stderr)
        return 2
    for key in verdict.unchecked:
        print(f"unchecked: {key} (give the subchart's folder with --subchart)", file=sys.stderr)
    for key in verdict.unknown:
        print(f"unknown: {key}")
    return 1 if verdict.unknown else 0


def _named(text: str) -> tuple[str, Path]:
    name, separator, folder = text.partition("=")
    if not separator or not (Path(folder) / "Chart.yaml").exists():
        raise argparse.ArgumentTypeError(f"{text!r} must be NAME=DIR, and DIR must have a Chart.yaml")
    return name, Path(folder)


if __name__ == "__main__":
    sys.exit(main())
