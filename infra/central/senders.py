"""Regions that send here: their logins for metrics and for logs, and the file by which NGINX knows them.

A password is 40 random letters and digits, so a plain salted SHA-1 tells nobody anything about it; a hash that is made
to be slow would cost a worker of NGINX that long at every request.
"""

import base64
import hashlib
from collections.abc import Mapping
from typing import Final

from contract.names import Namespace
from infra.logs.users import BOOTSTRAP, READER, WRITES, User

LOGINS: Final = "remote-write-senders"
"""Secret of type :data:`HTPASSWD_TYPE` with everybody who may write metrics."""
HTPASSWD_TYPE: Final = "nginx.org/htpasswd"
HTPASSWD: Final = "htpasswd"
"""Its one key (nginx/kubernetes-ingress internal/k8s/secrets/validation.go)."""
PLACE: Final = {"metrics": Namespace.MONITORING, "logs": Namespace.LOGGING}


def metrics_secret(region: str) -> str:
    """Secret with what ``region`` logs in with when it writes metrics; keys ``username``, ``password``."""
    return f"remote-write-{region}"


def logs_secret(region: str) -> str:
    """Secret with what ``region`` logs in with when it writes logs; keys ``username``, ``password``, ``roles``."""
    return f"log-forward-{region}"


def log_users(senders: tuple[str, ...]) -> tuple[User, ...]:
    """Who may log in to the log store: each region adds lines and nothing else; beside them, who reads."""
    return (*(User(region, WRITES, logs_secret(region)) for region in senders), READER, BOOTSTRAP)


def htpasswd(passwords: Mapping[str, str]) -> str:
    """Region -> password, as NGINX's ``auth_basic_user_file`` has them. The same passwords give the same text."""
    return "".join(f"{region}:{{SSHA}}{_salted(region, password)}\n" for region, password in sorted(passwords.items()))


def _salted(region: str, password: str) -> str:
    salt = hashlib.sha256(region.encode()).digest()[:8]
    digest = hashlib.sha1(password.encode() + salt, usedforsecurity=False).digest()
    return base64.b64encode(digest + salt).decode()
