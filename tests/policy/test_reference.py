"""The reference of policies says what the pack holds."""

import re
from pathlib import Path

from contract.annotations import POLICY_EXEMPT
from policy.pack import RULES
from policy.reference import render

PAGE = Path(__file__).parents[2] / "docs" / "policies.md"


def test_the_page_is_what_the_pack_writes() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(), "run `python -m policy.reference > docs/policies.md`"


def test_every_policy_has_a_section_with_how_to_comply_and_how_to_be_exempted() -> None:
    page = PAGE.read_text(encoding="utf-8")
    sections = dict(re.findall(r"^### ([a-z-]+)\n(.*?)(?=^##|\Z)", page, re.DOTALL | re.MULTILINE))
    assert sections.keys() == RULES.keys()
    for name, text in sections.items():
        assert re.search(r"^- Comply: .{20,}", text, re.MULTILINE), name
        assert re.search(r"^- Exemption: (by annotation|none)", text, re.MULTILINE), name
    assert f'{POLICY_EXEMPT}: "<policy>: <reason>"' in page
