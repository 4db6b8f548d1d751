"""Every secret is an encrypted key of its own; anything else under ``mcp:`` is refused."""

import pytest

from infra.faults import SettingsError
from infra.secret_sources import check_keys


def refusal(present: list[str], encrypted: list[str]) -> str:
    with pytest.raises(SettingsError) as caught:
        check_keys(present, encrypted)
    return str(caught.value)


def test_encrypted_secrets_and_other_namespaces_are_accepted() -> None:
    check_keys(["mcp:settings", "mcp:openaiApiKey", "pulumi:tags"], ["mcp:openaiApiKey"])


def test_a_secret_in_clear_is_refused_with_the_command_that_mends_it() -> None:
    assert refusal(["mcp:openaiApiKey"], []) == (
        'mcp:openaiApiKey = "…": is in clear: run `pulumi config set --secret mcp:openaiApiKey`'
    )


def test_a_key_that_nothing_reads_is_refused_with_the_nearest_one() -> None:
    assert refusal(["mcp:setings"], []) == 'mcp:setings = "…": is not a configuration key; did you mean settings?'
