"""The endpoints' file under a running engine."""

from pathlib import Path

import pytest

from app.engine.turns.endpoints import EndpointsFile


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "agents.json"
    path.write_text('{"developer": "http://a/mcp"}')
    endpoints = EndpointsFile(path)
    assert endpoints() == {"developer": "http://a/mcp"}
    path.write_text('{"developer": "http://b/mcp", "qa_tester": "http://c/mcp"}')
    assert endpoints() == {"developer": "http://b/mcp", "qa_tester": "http://c/mcp"}


@pytest.mark.parametrize("broken", ["", "[]", "{", '"x"'])
def test_a_broken_version_keeps_the_last_endpoints(tmp_path: Path, broken: str) -> None:
    path = tmp_path / "agents.json"
    path.write_text('{"developer": "http://a/mcp"}')
    endpoints = EndpointsFile(path)
    before = endpoints()
    path.write_text(broken)
    assert endpoints() == before


def test_a_missing_file_means_no_agent(tmp_path: Path) -> None:
    assert EndpointsFile(tmp_path / "none")() == {}
