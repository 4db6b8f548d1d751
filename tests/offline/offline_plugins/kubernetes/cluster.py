"""Requests the provider makes: create, server-side apply, read, delete and wait until gone."""

import hashlib
import threading
import time
from collections.abc import Sequence
from typing import Any

import httpx

from offline_plugins.kubernetes.ignoring import parse, with_live
from offline_plugins.kubernetes.naming import annotation
from offline_plugins.wire import has_unknown, reveal
from ops.controlplane.api import APPLY, Api, ApiError, UnknownKindError

DELETE_DEADLINE = 60.0
PROPAGATION = {"orphan": "Orphan", "background": "Background", "foreground": "Foreground"}


class ClusterError(Exception):
    """A request failed; the message is what the operator reads."""


class Cluster:
    """One API server, as the provider uses it.

    Args:
        api: client with the credentials of the provider's kubeconfig.
        cancelled: set when the engine cancels; waits end then.
    """

    def __init__(self, api: Api, cancelled: threading.Event) -> None:
        self.api = api
        self._cancelled = cancelled
        self._asking = threading.Lock()
        self._absent: dict[str, bool] = {}

    def create(self, manifest: dict[str, Any], manager: str, *, dry_run: bool = False) -> dict[str, Any]:
        """POST an object; one that exists is refused, never taken over."""
        path = self._collection(manifest)
        return self.api.request("POST", path, manifest, _query(manager, dry_run=dry_run))

    def lacks_namespace_of(self, manifest: dict[str, Any]) -> bool:
        """Say, for a preview, whether an object's namespace does not exist; each is asked for once.

        The API server would refuse a dry run there only after 50 ms: its admission waits for a namespace to turn up.
        """
        namespace = manifest["metadata"].get("namespace")
        if namespace is None:
            return False
        with self._asking:
            if namespace not in self._absent:
                self._absent[namespace] = self.api.get("v1", "Namespace", namespace) is None
            return self._absent[namespace]

    def apply(
        self,
        manifest: dict[str, Any],
        manager: str,
        *,
        ignoring: Sequence[str] = (),
        force: bool = False,
        dry_run: bool = False,
    ) -> dict[str, Any]:
        """Server-side apply; a field that another manager owns with another value is a conflict unless forced.

        Args:
            manifest: what the program wants.
            manager: the resource's field manager.
            ignoring: paths of properties that keep their live values.
            force: take fields over from other managers.
            dry_run: only ask what would become of it.
        """
        live = self.api.request("GET", self.api.path_of(manifest))
        for path in ignoring:
            manifest = with_live(manifest, live, parse(path))
        created_by_post = _by_update(live, manager)
        if created_by_post and not dry_run:
            self._own_by_apply(manifest, live, manager)
        query = _query(manager, dry_run=dry_run)
        query["force"] = "true" if force or (dry_run and created_by_post) else "false"
        return self.api.request("PATCH", self.api.path_of(manifest), manifest, query, APPLY)

    def with_namespace(self, inputs: dict[str, Any], default: str | None) -> dict[str, Any]:
        """Return inputs with a namespace where their kind has one, without where it has none.

        Nothing is changed where metadata or kind are not known yet, or the kind is not served.
        """
        metadata = inputs.get("metadata")
        if not isinstance(metadata, dict) or has_unknown([inputs["apiVersion"], inputs["kind"]]):
            return inputs
        try:
            namespaced = self.api.kind(reveal(inputs["apiVersion"]), reveal(inputs["kind"])).namespaced
        except (UnknownKindError, ApiError, httpx.TransportError):
            return inputs
        if not namespaced:
            return {**inputs, "metadata": {key: value for key, value in metadata.items() if key != "namespace"}}
        if metadata.get("namespace") is not None:
            return inputs
        return {**inputs, "metadata": {**metadata, "namespace": default or self.api.access.namespace or "default"}}

    def read(self, api_version: str, kind: str, identity: str) -> dict[str, Any] | None:
        """Return the live object of a resource id, or None."""
        namespace, _, name = identity.rpartition("/")
        try:
            return self.api.get(api_version, kind, name, namespace or None)
        except UnknownKindError:
            return None

    def delete(self, properties: dict[str, Any], identity: str, deadline: float) -> None:
        """Delete an object, dependents first, and wait until it is gone."""
        api_version, kind = properties["apiVersion"], properties["kind"]
        namespace, _, name = identity.rpartition("/")
        wanted = annotation(properties, "pulumi.com/deletionPropagationPolicy") or "foreground"
        body = {
            "apiVersion": "v1",
            "kind": "DeleteOptions",
            "propagationPolicy": PROPAGATION.get(wanted.lower(), "Foreground"),
        }
        try:
            path = self.api.kind(api_version, kind).path(namespace or None, name)
            answer = self.api.request("DELETE", path, body)
        except UnknownKindError:
            return  # its definition is gone, and with it every object
        except ApiError as error:
            if error.status == 404:
                return
            raise
        uid = answer.get("metadata", {}).get("uid") or answer.get("details", {}).get("uid")
        self._gone(api_version, kind, identity, uid, deadline or DELETE_DEADLINE)

    def _gone(self, api_version: str, kind: str, identity: str, uid: str | None, deadline: float) -> None:
        end = time.monotonic() + deadline
        pause = 0.02
        while True:
            live = self.read(api_version, kind, identity)
            if live is None or (uid is not None and live["metadata"]["uid"] != uid):
                return
            if time.monotonic() >= end:
                raise ClusterError(f"{kind} {identity} still exists {deadline:.0f} s after its deletion: {_why(live)}")
            if self._cancelled.wait(pause):
                raise ClusterError(f"cancelled while {kind} {identity} was being deleted")
            pause = min(pause * 2, 0.5)

    def _own_by_apply(self, manifest: dict[str, Any], live: dict[str, Any], manager: str) -> None:
        """Turn the ownership that POST left into one by apply, or fields the program drops would stay for ever."""
        entries = [
            {**each, "operation": "Apply"} if each["manager"] == manager and "subresource" not in each else each
            for each in live["metadata"]["managedFields"]
        ]
        patch = {
            "metadata": {"managedFields": entries, "resourceVersion": live["metadata"]["resourceVersion"]},
        }
        path = self.api.path_of(manifest)
        self.api.request("PATCH", path, patch, {"fieldManager": manager}, "application/merge-patch+json")

    def _collection(self, manifest: dict[str, Any]) -> str:
        served = self.api.kind(manifest["apiVersion"], manifest["kind"])
        return served.path(manifest["metadata"].get("namespace"))


def field_manager(urn: str, properties: dict[str, Any]) -> str:
    """Return the field manager of a resource: given by annotation, or stable for its URN."""
    given = annotation(properties, "pulumi.com/patchFieldManager")
    return given or f"pulumi-kubernetes-{hashlib.sha256(urn.encode()).hexdigest()[:8]}"


def _by_update(live: dict[str, Any], manager: str) -> bool:
    return any(
        each["manager"] == manager and each["operation"] == "Update" and "subresource" not in each
        for each in live["metadata"].get("managedFields", [])
    )


def _query(manager: str, *, dry_run: bool) -> dict[str, str]:
    query = {"fieldManager": manager, "fieldValidation": "Strict"}
    return {**query, "dryRun": "All"} if dry_run else query


def _why(live: dict[str, Any]) -> str:
    finalizers = ", ".join([*live["metadata"].get("finalizers", []), *live.get("spec", {}).get("finalizers", [])])
    conditions = live.get("status", {}).get("conditions") or []
    waiting = "; ".join(each.get("message", "") for each in conditions if each.get("status") == "True")
    return f"finalizers [{finalizers}] {waiting}".strip()
