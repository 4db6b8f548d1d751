"""Chart ``plugin-barman-cloud``: archives the database to an object store.

It lives in the operator's namespace, where the operator finds it by its Service, and asks cert-manager for the
certificates between the two. What talks to the object store is not this pod but a sidecar of each instance.
"""

from typing import Any, Final

from infra.presets import Amount, Resources
from infra.settings import Settings

RESOURCES: Final = Resources(requests=Amount(cpu="50m", memory="100Mi"), limits=Amount(cpu="250m", memory="256Mi"))


def values(_: Settings) -> dict[str, Any]:
    """Values of chart 0.7.0. One replica: its Deployment is recreated, since the operator knows one address."""
    return {"replicaCount": 1, "resources": RESOURCES.model_dump()}
