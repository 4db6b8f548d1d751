"""The Dockerfile says what the image built here says.

It cannot be built where there is no Docker: these tests read it. That it builds is not proven by them.
"""

import json
import re
import shlex
from typing import Final

import pytest

from infra import charts
from ops.bootstrap import ROOT
from ops.image import paths
from ops.image.code import SCRIPT, code, imported
from ops.image.platform import run

IGNORED: Final = [
    line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")
]
LINES: Final = [
    line
    for line in re.sub(
        r"\\\n\s*", " ", re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    ).splitlines()
    if line
]
LAST: Final = LINES[max(number for number, line in enumerate(LINES) if line.startswith("FROM ")) :]


def said(instruction: str, lines: list[str]) -> list[str]:
    return [line.removeprefix(f"{instruction} ").strip() for line in lines if line.startswith(f"{instruction} ")]


def test_user_directory_command_and_variables_agree() -> None:
    ours = run()
    assert said("USER", LAST) == [ours.user]
    assert said("WORKDIR", LAST) == [ours.workdir]
    assert [tuple(json.loads(line)) for line in said("ENTRYPOINT", LAST)] == [ours.entrypoint]
    assert dict(pair.split("=", 1) for line in said("ENV", LAST) for pair in shlex.split(line)) == ours.environment
    labels = dict(pair.split("=", 1) for line in said("LABEL", LAST) for pair in shlex.split(line))
    assert labels.items() <= ours.labels.items()
    assert said("CMD", LINES) == []


def test_what_is_copied_is_the_code_of_the_image() -> None:
    copied: dict[str, str] = {}
    for line in said("COPY", LINES):
        *sources, target = line.split()
        if not line.startswith("--from"):
            copied |= dict.fromkeys(sources, target)
    whole = {name for name, target in copied.items() if target == f"{paths.CODE}/{name}"}
    single = {name for name, target in copied.items() if target == f"{paths.CODE}/ops/"}
    assert single == {path.relative_to(ROOT).as_posix() for path in imported(ROOT, "ops.cli")}
    tops = {path.removeprefix(f"{paths.CODE}/".strip("/")).strip("/").split("/")[0] for path in code(ROOT)}
    assert whole == {"app", "client", "contract"} <= tops
    assert copied["LICENSE"] == f"{paths.CODE}/"
    assert copied[SCRIPT.relative_to(ROOT).as_posix()] == f"{paths.OPERATE.rpartition('/')[0]}/"
    assert sorted(each.removeprefix("!") for each in IGNORED if each.startswith("!")) == sorted(copied)
    assert IGNORED[0] == "*"


def test_every_stage_ends_up_where_the_variables_look() -> None:
    stages = [line.split() for line in said("COPY", LAST)]
    assert ["--from=dependencies", paths.DEPENDENCIES, paths.DEPENDENCIES] in stages
    assert ["--from=code", paths.CODE, paths.CODE] in stages


def test_packages_are_pinned_by_hash_and_images_by_version() -> None:
    (install,) = [line for line in said("RUN", LINES) if "pip install" in line]
    assert "--require-hashes" in install
    assert "-r /requirements-image.txt" in install
    assert f"--target {paths.DEPENDENCIES} " in install
    for line in said("FROM", LINES):
        assert re.match(r"docker\.io/library/python:3\.\d+\.\d+-slim-[a-z]+( AS [a-z]+)?$", line)


def test_the_client_is_of_productions_major_version() -> None:
    major = re.search(r":(\d+)\.", charts.POSTGRESQL)
    assert major is not None
    assert f"postgresql-client-{major[1]} " in " ".join(said("RUN", LAST))


@pytest.mark.parametrize("sign", ["PASSWORD", "TOKEN", "SECRET", "http://", "https://", "ADD "])
def test_it_holds_no_secret_and_no_address(sign: str) -> None:
    assert sign not in (ROOT / "Dockerfile").read_text()
