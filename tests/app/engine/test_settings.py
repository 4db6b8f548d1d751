"""The engine's settings: every fault is one sentence that names the variable, the reason and the remedy."""

from pathlib import Path

import pytest

from app.engine.settings import parse
from app.environment import BadEnvironmentError
from tests.app.environment import TOKEN, engine_environment

URL = "postgresql://api:hunter2@db:5432/x?sslmode=require"


@pytest.fixture
def sound(tmp_path):
    return engine_environment(tmp_path, URL, URL, "redis://:hunter2@cache:6379/0")


def test_a_sound_environment_gives_the_seed_s_defaults(sound):
    settings = parse(sound)
    assert (settings.max_concurrent_workflows, settings.agent_timeout, settings.rate_limiting) == (100, 5, True)
    assert [each.token for each in settings.bootstrap_tokens()] == [TOKEN]


def test_no_secret_shows_in_a_representation(sound):
    shown = repr(parse(sound))
    assert TOKEN not in shown
    assert "hunter2" not in shown


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("MAX_CONCURRENT_WORKFLOWS", "many", "is 'many', which is not a number; give one from 1 to 100000."),
        ("MAX_CONCURRENT_WORKFLOWS", "0", "is 0, out of range; give a number from 1 to 100000."),
        ("MAX_CONCURRENT_WORKFLOWS", "1.5", "is 1.5, which is not whole; give a whole number from 1 to 100000."),
        ("RATE_LIMITING_ENABLED", "yes", "is 'yes'; write true or false."),
        ("LOG_LEVEL", "loud", "is 'LOUD'; choose one of DEBUG, INFO, WARNING, ERROR, CRITICAL."),
        ("BIND_HOST", "here", "is 'here', not an IP address; give one, as 0.0.0.0."),
        (
            "ALLOWED_ORIGINS",
            "console.example.com",
            "lists 'console.example.com'; write origins as https://host[:port].",
        ),
        ("ROLES_DIR", "/nowhere", "points to /nowhere, which is not a directory; mount the directory there."),
        ("DATABASE_API_URL_FILE", "/nowhere", "points to /nowhere, which does not exist; mount the file there."),
        ("DATABASE_API_URL_FILE", "", "is not set; set it in the environment, as the pod template does."),
    ],
)
def test_a_wrong_variable_is_one_sentence(sound, variable, value, sentence):
    with pytest.raises(BadEnvironmentError) as error:
        parse({**sound, variable: value})
    assert str(error.value) == f"{variable} {sentence}"


@pytest.mark.parametrize(
    ("variable", "content", "sentence"),
    [
        ("DATABASE_API_URL_FILE", "", "which is empty"),
        ("DATABASE_API_URL_FILE", "mysql://u:hunter2@h/x", "without a postgresql:// URL"),
        ("REDIS_URL_FILE", "cache", "without a redis:// URL"),
        ("SIGNING_KEY_FILE", "hunter2", "holds no Ed25519 key"),
        ("API_TOKEN_FILE", "short", "holds a weak or broken token"),
        ("AGENT_ENDPOINTS_FILE", "[]", "holds no JSON object of role ids and URLs"),
        ("AGENT_ENDPOINTS_FILE", '{"developer": "host"}', "gives role developer the URL 'host'"),
    ],
)
def test_a_wrong_file_is_one_sentence_without_its_secret(sound, variable, content, sentence):
    Path(sound[variable]).write_text(content)
    with pytest.raises(BadEnvironmentError) as error:
        parse(sound)
    assert str(error.value).startswith(f"{variable} ")
    assert sentence in str(error.value)
    assert "hunter2" not in str(error.value)


def test_a_missing_signing_key_is_called_missing_and_not_malformed(sound):
    Path(sound["SIGNING_KEY_FILE"]).unlink()
    with pytest.raises(BadEnvironmentError) as error:
        parse(sound)
    assert "Ed25519" not in str(error.value)
