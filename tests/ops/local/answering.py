"""A small HTTP server on loopback with answers that a test gives it, and one that answers as a cluster's API server.

The client that asks it is the real one.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import yaml

from ops.controlplane.api import Json

PLURALS = {
    "Pod": "pods",
    "Service": "services",
    "Secret": "secrets",
    "Namespace": "namespaces",
    "StorageClass": "storageclasses",
    "IngressClass": "ingressclasses",
}
WHOLE_CLUSTER = {"Namespace", "StorageClass", "IngressClass"}


class Answering:
    """Answers by path: JSON, text, or a status alone; a list is given out one by one, its last for ever."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers = answers
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.url = ""

    def answer(self, target: str) -> tuple[int, str, bytes]:
        """Status, content type and body."""
        parts = urlsplit(target)
        self.asked.append((parts.path, {name: values[0] for name, values in parse_qs(parts.query).items()}))
        found = self.answers.get(parts.path, {"items": []} if self._is_collection(parts.path) else 404)
        if isinstance(found, list):
            found = found.pop(0) if len(found) > 1 else found[0]
        if callable(found):
            found = found(self.asked[-1][1])
        match found:
            case int():
                return found, "application/json", b"{}"
            case (int(status), document):
                return status, "application/json", json.dumps(document).encode()
            case str():
                return 200, "text/plain", found.encode()
            case _:
                return 200, "application/json", json.dumps(found).encode()

    def _is_collection(self, path: str) -> bool:
        """Whether a cluster would have an empty list there."""
        return "/api/v1" in self.answers and path.rpartition("/")[2] in PLURALS.values()

    def kubeconfig(self, path: Path) -> Path:
        """Write a kubeconfig that leads here."""
        config = {
            "current-context": "test",
            "clusters": [{"name": "test", "cluster": {"server": self.url}}],
            "users": [{"name": "test", "user": {"token": "t0ken"}}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
        }
        path.write_text(yaml.safe_dump(config))
        return path


@contextmanager
def answering(answers: dict[str, Any]) -> Iterator[Answering]:
    """Serve until the block ends."""
    served = Answering(answers)

    class Handler(BaseHTTPRequestHandler):
        protocol_version: ClassVar[str] = "HTTP/1.1"
        wbufsize: ClassVar[int] = 65536  # headers and body in one packet, or the second waits for an acknowledgement

        def do_GET(self) -> None:
            status, kind, body = served.answer(self.path)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    served.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def objects(*manifests: Json) -> dict[str, Any]:
    """Answers of an API server that has these objects: health, discovery, lists and single objects."""
    answers: dict[str, Any] = {"/readyz": "ok"}
    for version in ("v1", "storage.k8s.io/v1", "networking.k8s.io/v1"):
        served = [
            {"name": plural, "kind": kind, "namespaced": kind not in WHOLE_CLUSTER} for kind, plural in PLURALS.items()
        ]
        answers[base(version)] = {"resources": served}
    groups = sorted({each["apiVersion"].partition("/")[0] for each in manifests if "/" in each["apiVersion"]})
    answers["/apis"] = {"groups": [{"name": group} for group in groups]}
    for each in manifests:
        plural = PLURALS.get(each["kind"])
        if plural is None:
            continue
        namespace, start = each["metadata"].get("namespace"), base(each["apiVersion"])
        below = f"{start}/namespaces/{namespace}/{plural}" if namespace else f"{start}/{plural}"
        for collection in dict.fromkeys((f"{start}/{plural}", below)):
            answers.setdefault(collection, {"items": []})["items"].append(each)
        answers[f"{below}/{each['metadata']['name']}"] = each
    return answers


def base(version: str) -> str:
    """Where a version is served."""
    return f"/apis/{version}" if "/" in version else f"/api/{version}"


def manifest(version: str, kind: str, name: str, namespace: str | None = None, **rest: Any) -> Json:
    """A small object."""
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    return {"apiVersion": version, "kind": kind, "metadata": metadata | rest.pop("metadata", {}), **rest}
