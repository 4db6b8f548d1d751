"""Where an installed package lies. It is not imported: some do things at import that nobody asked for."""

from importlib.util import find_spec
from pathlib import Path

from ops.local.failure import LocalError


def package_directory(name: str) -> Path:
    """Directory of a package of this environment. Raises :class:`LocalError` where it is not installed."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise LocalError(f"The package {name} is not installed: remove .venv, then run `make up` again.")
    return Path(spec.origin).resolve().parent
