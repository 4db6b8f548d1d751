"""`make requirements`: pin what pyproject.toml asks for, with hashes and without addresses, into requirements.txt."""

import subprocess
import sys
from typing import Final

from ops.bootstrap import ROOT, find_uv, installer_environment

COMPILE: Final = (
    *("pip", "compile", "pyproject.toml", "--extra", "local", "--output-file", "requirements.txt"),
    *("--universal", "--python-version", "3.11", "--generate-hashes"),
    *("--no-header", "--no-emit-index-url", "--no-emit-find-links"),
)


def main(arguments: list[str]) -> int:
    """Pin again; ``--upgrade`` and other options go to ``uv pip compile``. Exit code 1 where uv cannot be had."""
    uv = find_uv()
    if uv is None:
        print("error: uv cannot be installed here: requirements.txt is unchanged; try again with a network.")
        return 1
    command = [str(uv / "uv"), *COMPILE, "--quiet", *arguments]
    return subprocess.run(command, cwd=ROOT, env=installer_environment(sys.executable), check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
