"""Pulumi plugins that need neither internet nor cloud: language host, Kubernetes and random; AWS and GCP record only.

A Pulumi CLI built from source comes without plugins and takes those it finds on PATH. These talk to a real
API server and keep the semantics of the real providers where a stack could tell the difference.
They refuse any backend but ``file://`` and stamp what they make with the output ``__offline``.
"""

import os

STAMP = "__offline"
"""Output key that every resource made by these plugins carries in the state."""


class OfflineOnlyError(Exception):
    """These plugins were about to touch a state that is not a throw-away one."""


def require_file_backend() -> None:
    """Refuse to serve a run whose state is not on a file backend.

    Raises:
        OfflineOnlyError: ``PULUMI_BACKEND_URL`` is not ``file://…``.
    """
    backend = os.environ.get("PULUMI_BACKEND_URL", "")
    if not backend.startswith("file://"):
        raise OfflineOnlyError(
            f"offline plugins serve file:// backends only, and PULUMI_BACKEND_URL is {backend or 'not set'!r}: "
            "remove tests/offline/plugins from PATH, or set PULUMI_BACKEND_URL=file://<directory>."
        )
