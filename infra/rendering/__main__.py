"""``python -m infra.rendering manifests|diagram|secrets STACK``: what a stack makes, without making it.

``manifests STACK DIR`` writes every object and Helm release, ``diagram STACK`` the picture of its pods and their edges,
``secrets STACK`` the configuration keys that its settings need and its file lacks.
Exit codes: 0 done, 1 ``--check`` found a difference, 2 refused.
"""

import argparse
import json
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from infra.picture import mermaid
from infra.rendering.directory import Rendering
from infra.rendering.manifests import Manifest, manifests
from infra.rendering.recorder import LOGGER
from infra.rendering.stacks import RenderingError, Stack, find_stack, missing_secrets, resources


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what is asked for; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m infra.rendering", description="What a stack makes, as files.")
    commands = parser.add_subparsers(dest="command", required=True)
    files = commands.add_parser("manifests", help="write every object and Helm release, secrets masked")
    files.add_argument("stack", help="name of a stack, or path of a file Pulumi.<stack>.yaml")
    files.add_argument("directory", help="empty, new, or written by an earlier rendering")
    files.add_argument("--check", action="store_true", help="write nothing; fail where a file differs")
    files.add_argument("--json", action="store_true", help="list the files as one JSON object")
    drawing = commands.add_parser("diagram", help="draw pods and allowed edges as a Mermaid flowchart")
    drawing.add_argument("stack", help="name of a stack, or path of a file Pulumi.<stack>.yaml")
    drawing.add_argument("--output", type=Path, help="file to write; standard output where left out")
    secrets = commands.add_parser("secrets", help="list the secrets that the settings need and the file lacks")
    secrets.add_argument("stack", help="name of a stack, or path of a file Pulumi.<stack>.yaml")
    secrets.add_argument("--json", action="store_true", help="as one JSON object, with the stack and its file")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(format="%(levelname)s: %(message)s", level=logging.WARNING)
    try:
        stack = find_stack(chosen.stack)
        if chosen.command == "diagram":
            return _diagram(stack, chosen.output)
        if chosen.command == "secrets":
            return _secrets(stack, as_json=chosen.json)
        if not chosen.directory:
            raise RenderingError("DIR is not given: name the directory to write to")
        return _manifests(stack, Path(chosen.directory), check=chosen.check, as_json=chosen.json)
    except (RenderingError, OSError) as refusal:
        print(f"error: {refusal}", file=sys.stderr)
        return 2


def _manifests(stack: Stack, directory: Path, *, check: bool, as_json: bool) -> int:
    LOGGER.setLevel(logging.WARNING)
    found = manifests(resources(stack))
    rendering = Rendering.of(stack, found)
    differing = rendering.differences(directory)
    if not check:
        rendering.write(directory)
    if as_json:
        print(json.dumps(_document(stack, found, differing), indent=2))
    else:
        for path in differing if check else ():
            print(f"differs: {path}")
        objects = sum(each.is_object for each in found)
        print(
            f"stack {stack.name}: {objects} objects, {len(found) - objects} charts, {len(differing)} files differ"
            + ("" if check else f"; written to {directory}")
        )
    return 1 if check and differing else 0


def _document(stack: Stack, found: Sequence[Manifest], differing: Sequence[str]) -> dict[str, object]:
    return {
        "stack": stack.name,
        "files": [
            {
                "path": each.path,
                "wave": each.wave,
                "apiVersion": each.document.get("apiVersion"),
                "kind": each.document["kind"] if each.is_object else "HelmRelease",
                "namespace": (each.document["metadata"] if each.is_object else each.document).get("namespace"),
                "name": (each.document["metadata"] if each.is_object else each.document)["name"],
            }
            for each in found
        ],
        "differing": list(differing),
    }


def _secrets(stack: Stack, *, as_json: bool) -> int:
    missing = missing_secrets(stack)
    if as_json:
        print(json.dumps({"stack": stack.name, "file": str(stack.file), "missing": missing}))
    else:
        print("".join(f"{key}\n" for key in missing), end="")
    return 0


def _diagram(stack: Stack, output: Path | None) -> int:
    LOGGER.setLevel(logging.ERROR)
    drawn = mermaid(each.document for each in manifests(resources(stack)) if each.is_object)
    if output is None:
        print(drawn, end="")
    else:
        output.write_text(drawn, encoding="utf-8")
        print(f"written to {output}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
