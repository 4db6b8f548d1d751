"""The packages stay apart: what one of them may import from the others is listed here and nowhere else."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OURS = frozenset({"infra", "app", "ops", "policy", "client", "contract", "tests"})
ALLOWED: dict[str, frozenset[str]] = {
    "contract": frozenset({"contract"}),
    "infra": frozenset({"infra", "contract"}),
    "app": frozenset({"app", "contract"}),
    "policy": frozenset({"policy", "contract"}),
    "client": frozenset({"client", "contract"}),
    "ops": frozenset({"ops", "contract", "client", "infra.settings", "infra.sections"}),
}


def imported_modules(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield f"{node.module}"


def breaches(package: str, source: str) -> list[str]:
    allowed = ALLOWED[package]
    return [
        module
        for module in imported_modules(source)
        if module.split(".")[0] in OURS
        and module.split(".")[0] not in allowed
        and not any(module == name or module.startswith(f"{name}.") for name in allowed)
    ]


@pytest.mark.parametrize("package", sorted(ALLOWED))
def test_a_package_imports_only_what_the_import_rule_allows(package: str) -> None:
    found = {
        str(path.relative_to(ROOT)): wrong
        for path in sorted((ROOT / package).rglob("*.py"))
        if (wrong := breaches(package, path.read_text()))
    }
    assert not found


def test_the_rule_sees_a_breach() -> None:
    assert breaches("app", "from infra.settings import Settings") == ["infra.settings"]
    assert breaches("ops", "import infra.region") == ["infra.region"]
    assert breaches("ops", "from infra.settings import Settings") == []
