"""``mcp-ops`` as an operator runs it: a real engine in a thread of its own, the command in this one."""

import asyncio
import json
import threading
from collections.abc import Iterator
from concurrent.futures import Future

import pytest
from click.testing import CliRunner

from ops.cli import main
from tests.app.engine.api.harness import TOKEN, Engine, running, settings_for
from tests.app.engine.api.test_thin_path import scripted
from tests.servers.session import free_port

INPUT = ["--input", "brief=a clock"]


@pytest.fixture
def engine(database) -> Iterator[Engine]:
    """A ready engine, reachable while this thread runs commands."""
    ready: Future[Engine] = Future()
    over = threading.Event()

    async def serve():
        try:
            async with running(settings_for(database), scripted) as made:
                ready.set_result(made)
                await asyncio.to_thread(over.wait, 60)
        except BaseException as error:
            if not ready.done():
                ready.set_exception(error)
            raise

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    try:
        yield ready.result(60)
    finally:
        over.set()
        thread.join(60)


@pytest.fixture
def ops(engine, tmp_path, monkeypatch):
    """Runs a command that finds the engine by the state file that ``make up`` writes."""
    token_file = tmp_path / "token"
    token_file.write_text(TOKEN + "\n")
    state = tmp_path / "platform.json"
    state.write_text(json.dumps({"http_url": engine.url, "ws_url": engine.ws_url, "token_file": str(token_file)}))
    monkeypatch.setenv("MCP_STATE_FILE", str(state))
    return lambda *arguments: CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_a_submitted_workflow_is_watched_step_by_step_to_its_artifacts(ops):
    done = ops("workflow", "submit", "software-delivery", *INPUT, "--watch")
    assert done.exit_code == 0, done.output
    for step in ("requirements", "architecture", "implementation", "quality-review"):
        assert any(step in line and "completed" in line for line in done.output.splitlines()), done.output
    assert "docs/requirements.md" in done.output
    assert done.output.splitlines()[-1].startswith("completed in ")


def test_what_was_submitted_is_listed_shown_and_read(ops):
    made = json.loads(ops("workflow", "submit", "software-delivery", *INPUT, "--json").output)
    watched = ops("workflow", "watch", made["id"], "--json")
    lines = [json.loads(line) for line in watched.output.splitlines()]
    assert lines[-2]["type"] == "workflow.completed"
    assert lines[-1]["workflow"]["status"] == "completed"
    assert made["id"] in ops("workflow", "list", "--status", "completed").output
    assert json.loads(ops("workflow", "list", "--json").output)["items"][0]["id"] == made["id"]
    shown = ops("workflow", "show", made["id"])
    assert (shown.exit_code, shown.output.count("completed")) == (0, 5)
    assert len(json.loads(ops("workflow", "show", made["id"], "--json").output)["artifacts"]) == 4
    assert "a clock" in ops("workflow", "artifact", made["id"], "docs/requirements.md").output
    late = ops("workflow", "cancel", made["id"])
    assert (late.exit_code, "already completed" in late.stderr) == (2, True)


def test_an_inline_template_and_an_input_file_may_be_given(ops, tmp_path):
    template = tmp_path / "one.yaml"
    template.write_text("name: one\nsteps: [{id: only, role: developer, task: 'Do {{input.what}}.'}]\n")
    document = tmp_path / "input.yaml"
    document.write_text("what: this\n")
    done = ops("workflow", "submit", template, "--input-file", document, "--watch", "--title", "One")
    assert done.exit_code == 0, done.output
    template.write_text("name: one\nsteps: []\n")
    assert ops("workflow", "submit", template).exit_code == 2


def test_status_says_what_is_ready_and_what_is_not(ops):
    told = ops("status")
    assert told.exit_code == 1  # no agent is configured
    assert "engine     ready" in told.output
    assert "developer: no endpoint is configured" in told.output
    document = json.loads(ops("status", "--json").output)
    assert (document["healthy"], document["engine"]["ready"], len(document["agents"])) == (False, True, 4)


WRONG = [
    (["submit", "odd"], "no template 'odd'"),
    (["submit", "software-delivery"], "input: 'brief' is a required property"),
    (["submit", "software-delivery", "--input", "brief"], "write KEY=TEXT"),
    (["submit", "software-delivery", "--input", "brief:=oh"], "is not JSON"),
    (["submit", "software-delivery", "--input", "brief:=3"], "input.brief: 3 is not of type 'string'"),
    (["show", "odd"], "not a valid UUID"),
    (["show", "00000000-0000-4000-8000-000000000000"], "no workflow"),
    (["list", "--token", "wrong"], "unauthorized"),
]


def test_a_wrong_request_is_exit_code_two_with_the_reason(ops, subtests):
    for arguments, sentence in WRONG:
        with subtests.test(" ".join(arguments)):
            done = ops("workflow", *arguments)
            assert (done.exit_code, sentence in done.stderr) == (2, True), done.stderr


def test_an_engine_that_is_not_there_is_exit_code_three_with_the_remedy(tmp_path):
    token = tmp_path / "token"
    token.write_text("t")
    url = f"http://127.0.0.1:{free_port()}"
    done = CliRunner().invoke(main, ["status", "--url", url, "--token-file", str(token)])
    assert (done.exit_code, "make up" in done.stderr) == (3, True), done.stderr


def test_without_a_platform_it_says_how_to_name_one(tmp_path, monkeypatch):
    monkeypatch.setenv("MCP_STATE_FILE", str(tmp_path / "none.json"))
    done = CliRunner().invoke(main, ["status"])
    assert (done.exit_code, "--url" in done.stderr) == (2, True)
    done = CliRunner().invoke(main, ["status", "--url", "http://x"])
    assert (done.exit_code, "--token-file" in done.stderr) == (2, True)
    done = CliRunner().invoke(main, ["status", "--url", "http://x", "--token-file", str(tmp_path / "none")])
    assert (done.exit_code, "No such file" in done.stderr) == (2, True)
