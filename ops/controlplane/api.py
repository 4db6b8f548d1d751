"""A small synchronous client of the Kubernetes API: discovery, paths, and requests that raise typed errors.

Thread-safe; connections are pooled. Objects are plain JSON dictionaries.
"""

import json
import ssl
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from ops.controlplane.kubeconfig import Access, read_kubeconfig

Json = dict[str, Any]
JSON = "application/json"
APPLY = "application/apply-patch+yaml"
MERGE = "application/merge-patch+json"
ATTEMPTS = 3
"""How often a connection is made, and a question asked whose connection broke.

Connections made at once by many threads can send a broken hello: httpcore sets the protocols of the TLS context they
share anew for each, and OpenSSL copies them without a lock. The server then refuses the hello; nothing was sent yet.
"""


class ApiError(Exception):
    """The API server refused a request.

    Attributes:
        status: HTTP status code.
        reason: machine-readable reason (``AlreadyExists``, ``NotFound``, ``Invalid``, …).
        message: the server's sentence.
    """

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.message = message


class UnknownKindError(Exception):
    """The API server does not serve a kind (its CRD is not there, or not yet)."""

    def __init__(self, api_version: str, kind: str) -> None:
        super().__init__(f"the API server does not serve {api_version}/{kind}: is its CRD installed?")


@dataclass(frozen=True)
class ResourceKind:
    """One served kind: plural name and whether its objects live in namespaces."""

    plural: str
    namespaced: bool
    base: str

    def path(self, namespace: str | None, name: str | None = None) -> str:
        """Return the request path of the collection, or of one object in it."""
        where = f"/namespaces/{namespace or 'default'}" if self.namespaced else ""
        return f"{self.base}{where}/{self.plural}" + (f"/{name}" if name else "")


class Api:
    """Requests against one API server.

    Args:
        access: server, trust and credentials.
        timeout: seconds that one request may take.
        connections: how many requests may be in flight.
    """

    def __init__(self, access: Access, timeout: float = 30.0, connections: int = 32) -> None:
        self.access = access
        headers = {"Authorization": f"Bearer {access.token}"} if access.token else {}
        self._http = httpx.Client(
            base_url=access.server,
            headers=headers,
            timeout=timeout,
            trust_env=False,
            transport=httpx.HTTPTransport(
                verify=_trust(access),
                trust_env=False,
                limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
                retries=ATTEMPTS - 1,
            ),
        )
        self._kinds: dict[str, dict[str, ResourceKind]] = {}
        self._lock = threading.Lock()

    @classmethod
    def from_kubeconfig(cls, source: str | Path, context: str | None = None, timeout: float = 30.0) -> "Api":
        """Make a client from a kubeconfig's path or contents."""
        return cls(read_kubeconfig(source, context), timeout=timeout)

    def close(self) -> None:
        """Close pooled connections."""
        self._http.close()

    def request(
        self,
        method: str,
        path: str,
        body: Json | None = None,
        query: Mapping[str, str] | None = None,
        content_type: str = JSON,
    ) -> Json:
        """Send one request and return the JSON answer.

        Raises:
            ApiError: the server answered with an error status.
            httpx.TransportError: the server could not be reached.
        """
        request = self._http.build_request(
            method,
            path,
            params=dict(query or {}),
            content=None if body is None else json.dumps(body),
            headers={"Content-Type": content_type, "Accept": JSON},
        )
        response = self._send(request)
        if response.is_success:
            return _parsed(response)
        try:
            status = _parsed(response)
        except ValueError:
            status = {}
        raise ApiError(
            response.status_code,
            str(status.get("reason", "")),
            str(status.get("message") or response.text or response.reason_phrase),
        )

    def _send(self, request: httpx.Request) -> httpx.Response:
        """Send it; a question whose connection broke is asked again, a change is not: it may have been made."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._http.send(request)
            except (httpx.ReadError, httpx.RemoteProtocolError):
                if request.method != "GET" or attempt == ATTEMPTS:
                    raise
        raise AssertionError("the last attempt returns or raises")

    def text(self, path: str, query: Mapping[str, str] | None = None) -> str:
        """GET something that is no JSON, such as a log. Raises :class:`httpx.HTTPError` for any failure."""
        response = self._http.get(path, params=dict(query or {}))
        response.raise_for_status()
        return response.text

    def healthy(self) -> bool:
        """Say whether the server reports itself ready."""
        try:
            return self._http.get("/readyz").is_success
        except httpx.TransportError:
            return False

    def kind(self, api_version: str, kind: str) -> ResourceKind:
        """Look a kind up in the server's discovery; asked again when it is not known yet.

        Raises:
            UnknownKindError: the server does not serve it.
        """
        with self._lock:
            known = self._kinds.get(api_version, {}).get(kind)
        if known is not None:
            return known
        base = ("/apis/" if "/" in api_version else "/api/") + api_version
        try:
            served = self.request("GET", base)["resources"]
        except ApiError as error:
            if error.status == 404:
                raise UnknownKindError(api_version, kind) from error
            raise
        kinds = {
            each["kind"]: ResourceKind(each["name"], each["namespaced"], base)
            for each in served
            if "/" not in each["name"]
        }
        with self._lock:
            self._kinds[api_version] = kinds
        if kind not in kinds:
            raise UnknownKindError(api_version, kind)
        return kinds[kind]

    def path_of(self, manifest: Json) -> str:
        """Return the request path of the object a manifest describes."""
        metadata = manifest.get("metadata", {})
        return self.kind(manifest["apiVersion"], manifest["kind"]).path(metadata.get("namespace"), metadata["name"])

    def get(self, api_version: str, kind: str, name: str, namespace: str | None = None) -> Json | None:
        """Return one object, or None where it does not exist."""
        try:
            return self.request("GET", self.kind(api_version, kind).path(namespace, name))
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    def list(self, api_version: str, kind: str, namespace: str | None = None, labels: str | None = None) -> list[Json]:
        """Return the objects of a kind, of one namespace or of all."""
        served = self.kind(api_version, kind)
        path = served.path(namespace) if namespace else f"{served.base}/{served.plural}"
        found = self.request("GET", path, query={"labelSelector": labels} if labels else None)
        return [{"apiVersion": api_version, "kind": kind, **item} for item in found["items"]]

    def apply(self, manifest: Json, manager: str = "mcp-platform") -> Json:
        """Server-side apply a manifest, taking over fields others own."""
        query = {"fieldManager": manager, "force": "true", "fieldValidation": "Strict"}
        return self.request("PATCH", self.path_of(manifest), manifest, query, APPLY)

    def delete(self, api_version: str, kind: str, name: str, namespace: str | None = None) -> None:
        """Delete one object; one that is gone already is no error."""
        try:
            self.request("DELETE", self.kind(api_version, kind).path(namespace, name))
        except ApiError as error:
            if error.status != 404:
                raise


def _parsed(response: httpx.Response) -> Json:
    parsed: Any = response.json() if response.headers.get("content-type", "").startswith(JSON) else {}
    return parsed


def _trust(access: Access) -> ssl.SSLContext | bool:
    if not access.server.startswith("https"):
        return True
    context = ssl.create_default_context(cadata=access.authority)
    if not access.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if access.certificate and access.key:
        # The ssl module reads client certificates from files only; this one is readable by us alone and gone at once.
        with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
            file.write(access.certificate + "\n" + access.key)
            file.flush()
            context.load_cert_chain(file.name)
    return context
