"""The README's picture is what the stack makes. `make picture` draws it again."""

import os
from pathlib import Path

from infra.picture import mermaid
from tests.infra.conftest import Made

README = Path(__file__).parents[2] / "README.md"
BEGIN, END = "<!-- picture: generated from stack prod by `make picture` -->\n", "<!-- /picture -->"


def picture_in(text: str) -> str:
    _, _, rest = text.partition(BEGIN)
    block, _, _ = rest.partition(END)
    return block


def test_the_readme_shows_the_picture_of_stack_prod(prod: list[Made]) -> None:
    drawn = "```mermaid\n" + mermaid(made.inputs for made in prod if made.kind) + "```\n"
    text = README.read_text(encoding="utf-8")
    if os.environ.get("MCP_DRAW_PICTURE"):
        text = text.replace(BEGIN + picture_in(text), BEGIN + drawn)
        README.write_text(text, encoding="utf-8")
    assert picture_in(text) == drawn, "the stack changed: run `make picture` and look at the result"
