"""Who may do what in the log store: roles and users of Elasticsearch's file realm, which ECK fills from Secrets.

Privileges: Elasticsearch reference, "Security privileges".
"""

import json
from dataclasses import dataclass
from typing import Any, Final

from contract.names import LOG_STREAM, SecretName
from infra.secret_sources import SecretKey

NAMES: Final = [f"{LOG_STREAM}*"]
ROLES: Final[dict[str, dict[str, Any]]] = {
    # Adds lines to the stream; neither reads, changes nor deletes any, and makes no index by mistake.
    "fluentd_writer": {"cluster": [], "indices": [{"names": NAMES, "privileges": ["create_doc"]}]},
    # Reads lines and Kibana's pages.
    "kibana_reader": {
        "cluster": [],
        "indices": [{"names": NAMES, "privileges": ["read", "view_index_metadata"]}],
        "applications": [{"application": "kibana-.kibana", "privileges": ["read"], "resources": ["*"]}],
    },
    # Makes policy, template and stream; reads no line.
    "log_bootstrap": {
        "cluster": ["monitor", "manage_ilm", "manage_index_templates"],
        "indices": [{"names": NAMES, "privileges": ["manage"]}],
    },
}


@dataclass(frozen=True)
class User:
    """A user with one role, the Secret that ECK reads, and the key that may set its password, if one may."""

    name: str
    role: str
    secret: str
    key: SecretKey | None = None


WRITES: Final = "fluentd_writer"
"""Role of whoever brings lines."""
WRITER: Final = User(WRITES, WRITES, SecretName.LOG_WRITER, SecretKey.LOG_WRITER_PASSWORD)
READER: Final = User("kibana_reader", "kibana_reader", SecretName.LOG_READER, SecretKey.LOG_READER_PASSWORD)
BOOTSTRAP: Final = User("log_bootstrap", "log_bootstrap", SecretName.LOG_BOOTSTRAP, SecretKey.LOG_BOOTSTRAP_PASSWORD)
USERS: Final = (WRITER, READER, BOOTSTRAP)


def roles_file() -> str:
    """``roles.yml``, as JSON, which is YAML."""
    return json.dumps(ROLES, indent=1, sort_keys=True)
