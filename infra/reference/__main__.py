"""``python -m infra.reference DIRECTORY``: write the generated part of the documentation."""

import json
import sys
from pathlib import Path

from infra.reference.schemas import observatory_outputs_schema, outputs_schema, stack_schema
from infra.reference.settings_page import page


def pages() -> dict[str, str]:
    """File name -> text."""
    return {
        "settings.md": page(),
        "settings.schema.json": _json(stack_schema()),
        "outputs.schema.json": _json(outputs_schema()),
        "observatory-outputs.schema.json": _json(observatory_outputs_schema()),
    }


def _json(document: object) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def main(arguments: list[str]) -> int:
    """Write every page; 2 where no directory is given."""
    if len(arguments) != 1:
        print("usage: python -m infra.reference DIRECTORY", file=sys.stderr)
        return 2
    directory = Path(arguments[0])
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (directory / name).write_text(text, encoding="utf-8")
        print(directory / name)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
