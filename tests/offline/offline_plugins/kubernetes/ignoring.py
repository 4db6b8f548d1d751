"""Properties whose changes the program ignores: whoever else sets them keeps them."""

import re
from typing import Any

from offline_plugins.diffing import Path

_STEP = re.compile(r'\["([^"]+)"\]|\[(\d+)\]|([^.\[\]]+)')


def parse(path: str) -> Path:
    """Return the steps of a property path such as ``spec.ports[0]["a.b"]``."""
    found = [step for step in _STEP.findall(path) if any(step)]
    return tuple(int(index) if index else (quoted or name) for quoted, index, name in found)


def with_live(manifest: Any, live: Any, path: Path) -> Any:
    """Return the manifest with the live value at ``path``, or without the property where the live object has none."""
    if not path or manifest is None:
        return manifest
    step, rest = path[0], path[1:]
    if isinstance(manifest, list) and isinstance(step, int) and isinstance(live, list):
        return [
            with_live(each, live[i], rest) if i == step and rest and i < len(live) else each
            for i, each in enumerate(manifest)
        ]
    if not isinstance(manifest, dict) or not isinstance(live, dict) or step not in manifest:
        return manifest
    others = {key: value for key, value in manifest.items() if key != step}
    if rest:
        return {**others, step: with_live(manifest[step], live.get(step), rest)}
    return {**others, step: live[step]} if step in live else others
