"""A Job runs until it succeeds, once, within its deadline, and leaves no process."""

import sys
import time
from pathlib import Path

import pytest

from ops.local.failure import LocalError
from ops.local.jobs import JobBook, run_job
from ops.local.spec import ProcessSpec


def job(program: str, directory: Path) -> ProcessSpec:
    return ProcessSpec(
        name="job",
        source="Job front/job",
        command=(sys.executable, "-c", program),
        environment={},
        directory=str(directory),
    )


def test_a_job_that_fails_is_tried_again_until_it_succeeds(tmp_path: Path) -> None:
    program = "import pathlib, sys; p = pathlib.Path('tries'); p.open('a').write('x'); sys.exit(len(p.read_text()) < 2)"
    run_job(job(program, tmp_path), tmp_path / "log", retries=3, deadline=30)
    assert (tmp_path / "tries").read_text() == "xx"


def test_retries_are_bounded_and_the_last_words_are_told(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match=r"Job front/job failed 2 times; .* ends with: no table"):
        run_job(job("import sys; sys.exit('no table')", tmp_path), tmp_path / "log", retries=1, deadline=30)


def test_the_deadline_ends_the_process(tmp_path: Path) -> None:
    program = "import os, pathlib, time; pathlib.Path('pid').write_text(str(os.getpid())); time.sleep(600)"
    began = time.monotonic()
    with pytest.raises(LocalError, match="did not complete within 1 s"):
        run_job(job(program, tmp_path), tmp_path / "log", retries=3, deadline=1)
    assert time.monotonic() - began < 20
    assert not Path("/proc", (tmp_path / "pid").read_text()).exists()


def test_a_completed_job_is_known_until_its_template_or_code_changes(tmp_path: Path) -> None:
    book, spec = JobBook(tmp_path / "jobs.json"), job("pass", tmp_path)
    assert not book.has(spec)
    book.add(spec)
    assert book.has(spec)
    assert not book.has(spec.model_copy(update={"files": "other code"}))
    (tmp_path / "jobs.json").write_text("{half")
    assert not book.has(spec)
