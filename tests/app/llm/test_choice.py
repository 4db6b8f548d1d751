"""Which SDK is loaded: none that is not chosen and configured."""

import subprocess
import sys

import pytest

from app.llm.choice import ProviderSettings, named, usable

PROBE = """
import sys
from app.agent import main
from app.llm.choice import ProviderSettings, build
build(ProviderSettings(({preference}), {keys}, {{}}))
print(sorted(name for name in ("openai", "anthropic") if name in sys.modules))
"""


@pytest.mark.parametrize(
    ("preference", "keys", "loaded"),
    [
        ("'offline',", "{'openai': lambda: 'k', 'anthropic': lambda: 'k'}", "[]"),
        ("'anthropic', 'openai'", "{'anthropic': lambda: 'k'}", "['anthropic']"),
    ],
)
def test_only_configured_sdks_are_imported(preference: str, keys: str, loaded: str) -> None:
    code = PROBE.format(preference=preference, keys=keys)
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert ran.stdout.strip() == loaded


def test_a_provider_without_a_key_is_not_usable() -> None:
    settings = ProviderSettings(("openai", "anthropic", "offline"), {"anthropic": lambda: "k"}, {})
    assert usable(settings) == ("anthropic", "offline")
    assert "k'" not in repr(settings)


def test_offline_answers_only_where_it_is_preferred() -> None:
    assert usable(ProviderSettings(("openai",), {}, {})) == ()


def test_an_unknown_provider_is_named() -> None:
    with pytest.raises(ValueError, match="names 'openia'"):
        named(["openia"])
    assert named(["anthropic", "openai", "anthropic"]) == ("anthropic", "openai")
