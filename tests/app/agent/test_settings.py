"""The agent's environment: what it needs, and the sentence for each fault."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.agent.settings import parse
from app.environment import BadEnvironmentError
from tests.agents.agents import ROLES


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, str]:
    key = tmp_path / "public.pem"
    key.write_bytes(
        Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    return {
        "ROLE_ID": "developer",
        "ROLE_FILE": str(ROLES / "developer.yaml"),
        "VERIFY_KEY_FILE": str(key),
        "LLM_PROVIDER_PREFERENCE": "offline",
    }


def test_the_defaults_are_the_specifications(variables: dict[str, str]) -> None:
    settings = parse(variables)
    assert (settings.port, settings.agent_timeout, settings.bind_host) == (3001, 120, "0.0.0.0")  # noqa: S104
    assert settings.drain_seconds < 120 + 30
    assert "developer-service.mcp-agents.svc.cluster.local:*" in settings.allowed_hosts


def test_only_preferred_providers_with_a_key_are_used(variables: dict[str, str], tmp_path: Path) -> None:
    key = tmp_path / "anthropic-api-key"
    key.write_text("sk-ant-1\n")
    settings = parse(
        variables
        | {
            "LLM_PROVIDER_PREFERENCE": "anthropic, openai",
            "ANTHROPIC_API_KEY_FILE": str(key),
            "OPENAI_API_KEY_FILE": str(tmp_path / "missing"),
            "LLM_MODEL": "claude-x",
        }
    )
    assert {name: key() for name, key in settings.providers.keys.items()} == {"anthropic": "sk-ant-1"}
    assert settings.models["anthropic"] == "claude-x"
    assert "sk-ant-1" not in repr(settings)


def test_an_empty_key_is_no_key(variables: dict[str, str], tmp_path: Path) -> None:
    key = tmp_path / "openai-api-key"
    key.write_text("")
    with pytest.raises(BadEnvironmentError, match="none of them has a key"):
        parse(variables | {"LLM_PROVIDER_PREFERENCE": "openai", "OPENAI_API_KEY_FILE": str(key)})


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"ROLE_ID": ""}, "ROLE_ID is not set"),
        ({"ROLE_ID": "Developer"}, "ROLE_ID is 'Developer', which is no role id"),
        ({"MCP_PORT": "70000"}, "MCP_PORT is 70000, out of range"),
        ({"BIND_HOST": "localhost"}, "BIND_HOST is 'localhost', not an IP address"),
        ({"VERIFY_KEY_FILE": "/none"}, "VERIFY_KEY_FILE points to /none, which does not exist"),
        ({"VERIFY_KEY_FILE": str(ROLES / "developer.yaml")}, "VERIFY_KEY_FILE holds no or not only Ed25519 public"),
        ({"LLM_PROVIDER_PREFERENCE": "openia"}, "LLM_PROVIDER_PREFERENCE names 'openia', which is no provider"),
        ({"LLM_PROVIDER_PREFERENCE": "openai"}, "LLM_PROVIDER_PREFERENCE is openai, but none of them has a key"),
        ({"AGENT_TIMEOUT_SECONDS": "soon"}, "AGENT_TIMEOUT_SECONDS is 'soon', which is not a number"),
    ],
)
def test_a_fault_is_one_sentence(variables: dict[str, str], change: dict[str, str], reason: str) -> None:
    with pytest.raises(BadEnvironmentError) as refused:
        parse(variables | change)
    assert str(refused.value).startswith(reason)
