"""The command: results on one stream, progress on the other, one sentence for what goes wrong."""

import json
from pathlib import Path

import pytest

from ops.image import command
from ops.image.command import main
from ops.image.failure import ImageError
from ops.image.image import Image
from ops.toolchain.cache import Report

pytestmark = pytest.mark.usefixtures("own_cache")


def test_it_builds_lists_and_hands_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "pause.tar"
    assert main(["build", "pause", "--json", "--output", str(target)]) == 0
    said = capsys.readouterr()
    (built,) = json.loads(said.out)["images"]
    assert built["reference"] == "local/pause:1"
    assert target.read_bytes() == Path(built["archive"]).read_bytes()
    assert "[1/1] pause" in said.err
    assert main(["show", "--json"]) == 0
    (shown,) = json.loads(capsys.readouterr().out)["images"]
    assert {name: shown[name] for name in ("reference", "digest", "archive")} == {
        name: built[name] for name in ("reference", "digest", "archive")
    }
    assert main(["show"]) == 0
    assert built["digest"] in capsys.readouterr().out


def test_an_empty_cache_says_how_to_fill_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show"]) == 0
    assert "`python -m ops.image build` makes the platform's" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["build", "nginx"],
            "there is no image nginx: name one of platform, postgresql, valkey, haproxy, redis-exporter, pause",
        ),
        (["build", "all", "--output", "x"], "--output takes the archive of one image: name one"),
    ],
)
def test_a_wrong_request_is_refused(arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (ImageError("No Debian: use the Dockerfile."), 1, "error: No Debian: use the Dockerfile."),
        (PermissionError(13, "Permission denied", "/x"), 1, "error: /x cannot be used (Permission denied)"),
        (KeyboardInterrupt(), 130, "error: interrupted; run it again to go on"),
    ],
)
def test_what_goes_wrong_is_one_sentence_and_a_code(
    error: BaseException, code: int, sentence: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(_: Report) -> Image:
        raise error

    monkeypatch.setitem(command.IMAGES, "platform", fails)
    assert main(["build"]) == code
    said = capsys.readouterr()
    assert sentence in said.err
    assert said.out == ""
