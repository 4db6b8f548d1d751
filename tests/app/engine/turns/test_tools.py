"""Tools against a role's globs: a model gets what its role may have, and every refusal is audited."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.durable.ports import CONSTRAINT_REFUSED, ArtifactWrite
from app.engine.turns.tools import DRAFTS_PER_TURN, READ_BYTES, TURN_BYTES, ToolRun, Tools
from contract.globs import matches
from contract.role import Role
from contract.turn import ToolCall
from tests.agents.journal import MemoryJournal
from tests.agents.turns import WORKFLOW, role

OWN = "src/a.py"
SECRET = "uploads2/secret.txt"


def journal() -> MemoryJournal:
    files = {
        OWN: b"value = 1\nother = 2\n",
        "requirements/r.md": b"# R1\nvalue\n",
        SECRET: b"value of the secret",
        "src/logo.bin": bytes(range(256)),
    }
    return MemoryJournal(
        WORKFLOW, "work", {path: ArtifactWrite(path, "text/plain", text) for path, text in files.items()}
    )


async def use(name: str, under: Role | None = None, **arguments: Any) -> ToolRun:
    call = ToolCall(id="c1", name=name, arguments=arguments)
    return await Tools(under or role("developer"), journal(), "step:work").execute((call,), ())


@pytest.mark.anyio
async def test_listing_shows_only_what_the_role_may_read() -> None:
    done = await use("list_artifacts", glob="**")
    assert done.results[0].status == "ok"
    assert OWN in done.results[0].content
    assert SECRET not in done.results[0].content


@pytest.mark.anyio
async def test_searching_sees_only_what_the_role_may_read() -> None:
    done = await use("search_artifacts", text="value")
    assert done.results[0].content.splitlines() == ["requirements/r.md:2: value", f"{OWN}:1: value = 1"]


@pytest.mark.anyio
async def test_reading_inside_the_globs_gives_the_content() -> None:
    done = await use("read_artifact", path=OWN)
    assert done.results[0].content == "value = 1\nother = 2\n"
    assert not done.audits


@pytest.mark.anyio
async def test_content_that_is_no_text_is_shown_without_nul() -> None:
    done = await use("read_artifact", path="src/logo.bin")
    assert done.results[0].status == "ok"
    assert "\x00" not in done.results[0].content


ESCAPES = [
    "/etc/passwd",
    "../../etc/passwd",
    "src/../requirements/r.md",
    "src/./a",
    "src//a",
    "src/a\x00.md",
    "src\\..\\a",
    "C:/a",
    "",
    "s\u200brc/a",
    "x" * 500,
]


@pytest.mark.anyio
@pytest.mark.parametrize("tool", ["read_artifact", "write_artifact"])
@pytest.mark.parametrize("path", [*ESCAPES, SECRET, "SRC/a", "srcx/a", "src"])
async def test_a_path_outside_the_globs_is_refused_and_audited(tool: str, path: str) -> None:
    done = await use(tool, path=path, content="x")
    assert done.results[0].status == "refused"
    assert not done.writes
    assert [audit.action for audit in done.audits] == [CONSTRAINT_REFUSED]
    assert done.audits[0].actor == "step:work"
    assert done.audits[0].detail["role"] == "developer"


@pytest.mark.anyio
async def test_a_role_may_not_write_what_it_may_read() -> None:
    done = await use("write_artifact", path="requirements/r.md", content="mine now")
    assert done.results[0].content == "role developer may not write requirements/r.md"


@pytest.mark.anyio
@pytest.mark.parametrize("name", ["run_shell", "delete_artifact", "", "take_turn", "__class__", "x" * 1000])
async def test_a_tool_that_no_role_has_is_refused_and_audited(name: str) -> None:
    done = await use(name, command="rm -rf /")
    assert done.results[0].status == "refused"
    assert len(done.audits) == 1


@pytest.mark.anyio
async def test_a_tool_that_only_other_roles_have_is_refused() -> None:
    reader = role("developer").model_copy(update={"tools": ("list_artifacts",)})
    done = await use("write_artifact", reader, path=OWN, content="x")
    assert done.results[0].content == "role developer has no tool write_artifact"
    assert not done.writes


@pytest.mark.anyio
async def test_what_the_agent_refused_is_audited_too() -> None:
    refused = ToolCall(id="c9", name="run_shell", arguments={})
    done = await Tools(role("developer"), journal(), "step:work").execute((), (refused,))
    assert [result.status for result in done.results] == ["refused"]
    assert len(done.audits) == 1


@pytest.mark.anyio
async def test_an_artifact_that_is_too_large_is_refused() -> None:
    small = role("developer").model_copy(
        update={"limits": role("developer").limits.model_copy(update={"artifact_bytes": 10})}
    )
    assert (await use("write_artifact", small, path=OWN, content="x" * 10)).writes
    done = await use("write_artifact", small, path=OWN, content="é" * 6)
    assert done.results[0].status == "refused"
    assert "12 bytes" in done.results[0].content
    assert not done.writes


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("read_artifact", {}),
        ("read_artifact", {"path": 3}),
        ("read_artifact", {"path": "src/none"}),
        ("write_artifact", {"path": OWN}),
        ("write_artifact", {"path": OWN, "content": {"a": 1}}),
        ("write_artifact", {"path": OWN, "content": "a\x00b"}),
        ("write_artifact", {"path": OWN, "content": "\ud800"}),
        ("search_artifacts", {"text": ""}),
        ("list_artifacts", {"glob": ["**"]}),
    ],
)
async def test_arguments_that_make_no_sense_are_an_error_for_the_model(name: str, arguments: dict[str, Any]) -> None:
    done = await use(name, **arguments)
    assert done.results[0].status == "error"
    assert not done.audits
    assert not done.writes


@pytest.mark.anyio
async def test_a_file_written_in_this_turn_is_read_back() -> None:
    calls = (
        ToolCall(id="1", name="write_artifact", arguments={"path": "src/new.py", "content": "new = 1"}),
        ToolCall(id="2", name="read_artifact", arguments={"path": "src/new.py"}),
        ToolCall(id="3", name="list_artifacts", arguments={"glob": "src/new.*"}),
        ToolCall(id="4", name="search_artifacts", arguments={"text": "new = "}),
    )
    done = await Tools(role("developer"), journal(), "step:work").execute(calls, ())
    assert [result.content for result in done.results[1:]] == [
        "new = 1",
        "src/new.py (7 bytes)",
        "src/new.py:1: new = 1",
    ]
    assert done.writes["src/new.py"].media_type == "text/x-python"


@pytest.mark.anyio
async def test_two_spellings_of_a_path_are_one_draft() -> None:
    calls = tuple(
        ToolCall(id=str(n), name="write_artifact", arguments={"path": path, "content": str(n)})
        for n, path in enumerate(["src/caf\u00e9", "src/cafe\u0301"])
    )
    done = await Tools(role("developer"), journal(), "step:work").execute(calls, ())
    assert {path: write.content for path, write in done.writes.items()} == {"src/caf\u00e9": b"1"}


@pytest.mark.anyio
async def test_drafts_and_what_is_shown_are_bounded() -> None:
    many = tuple(
        ToolCall(id=str(n), name="write_artifact", arguments={"path": f"src/{n}", "content": ""})
        for n in range(DRAFTS_PER_TURN + 3)
    )
    assert len((await Tools(role("developer"), journal(), "s").execute(many, ())).writes) == DRAFTS_PER_TURN
    large = MemoryJournal(WORKFLOW, "work", {OWN: ArtifactWrite(OWN, "text/plain", b"x" * (READ_BYTES * 2))})
    reads = tuple(ToolCall(id=str(n), name="read_artifact", arguments={"path": OWN}) for n in range(10))
    done = await Tools(role("developer"), large, "s").execute(reads, ())
    assert sum(len(result.content) for result in done.results) < TURN_BYTES + READ_BYTES
    assert done.results[-1].status == "error"


@settings(max_examples=60, deadline=None)
@given(path=st.text(alphabet=st.sampled_from("src/..\\tes é\x00*[]~"), max_size=20), content=st.text(max_size=20))
def test_whatever_a_model_writes_lands_inside_the_globs(path: str, content: str) -> None:
    async def write() -> ToolRun:
        return await use("write_artifact", path=path, content=content)

    coroutine = write()
    try:
        coroutine.send(None)
    except StopIteration as ended:
        done: ToolRun = ended.value
        assert all(matches(written, ("src/**", "tests/**")) for written in done.writes)
        assert all(".." not in written.split("/") for written in done.writes)
