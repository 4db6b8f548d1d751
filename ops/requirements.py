"""`make requirements`: pin what pyproject.toml asks for, with hashes and without addresses.

requirements.txt is all that `.venv` holds; requirements-image.txt is the image's part of it, in the same versions.
"""

import subprocess
import sys
from typing import Final

from ops.bootstrap import ROOT, find_uv, installer_environment

EVERYTHING: Final = "requirements.txt"
IMAGE: Final = "requirements-image.txt"
COMPILE: Final = (
    *("pip", "compile", "pyproject.toml"),
    *("--universal", "--python-version", "3.11", "--generate-hashes"),
    *("--no-header", "--no-emit-index-url", "--no-emit-find-links"),
)
PINNED: Final = (
    ("--extra", "infrastructure", "--extra", "local", "--output-file", EVERYTHING),
    ("--constraints", EVERYTHING, "--no-annotate", "--output-file", IMAGE),
)
"""What each file holds, in the order in which they are made: the second takes its versions from the first."""


def main(arguments: list[str]) -> int:
    """Pin again; ``--upgrade`` and other options go to ``uv pip compile``. Exit code 1 where uv cannot be had."""
    uv = find_uv()
    if uv is None:
        print("error: uv cannot be installed here: the pinned requirements are unchanged; try again with a network.")
        return 1
    environment = installer_environment(sys.executable)
    for pinned in PINNED:
        command = [str(uv / "uv"), *COMPILE, *pinned, "--quiet", *arguments]
        code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
        if code != 0:
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
