"""The gRPC face of the provider: Check, Diff, Create, Update, Read, Delete."""

# ruff: noqa: N802, ARG002 - gRPC prescribes the methods' names and arguments

import threading
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import grpc
import httpx
import yaml
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from offline_plugins import diffing
from offline_plugins.kubernetes import conditions, releases
from offline_plugins.kubernetes import live as live_objects
from offline_plugins.kubernetes.awaiting import Awaiter, Expectation, NotReadyError, Patience, expectation
from offline_plugins.kubernetes.cluster import Cluster, ClusterError, field_manager
from offline_plugins.kubernetes.conditions import BadConditionError
from offline_plugins.kubernetes.failing import fail, fail_unready
from offline_plugins.kubernetes.immutability import immutable
from offline_plugins.kubernetes.naming import annotation, identity, is_autonamed, label, where, with_name
from offline_plugins.kubernetes.progress import Progress
from offline_plugins.kubernetes.releases import is_release
from offline_plugins.kubernetes.settings import server_of, settings_from
from offline_plugins.kubernetes.urns import group_version_kind, type_of
from offline_plugins.serving import engine_address, serve
from offline_plugins.wire import UNKNOWN, decode, encode, has_unknown, reveal
from ops.controlplane.api import Api, ApiError, UnknownKindError
from ops.controlplane.failure import ControlPlaneError
from ops.controlplane.kubeconfig import read_kubeconfig

VERSION = version("pulumi-kubernetes")
"""The SDK's version whose semantics are kept; the engine compares it with what the program asks for."""
State = Callable[[dict[str, Any]], struct_pb2.Struct]
"""Live object -> what goes into the state."""
CONNECTIONS = 48
CALLS = 160
"""Calls at once: every wait holds one, and the engine's Cancel must still get through."""


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """One provider instance, configured once by the engine.

    Args:
        engine: its address, for progress; empty where there is none.
        patience: how often objects are looked at that are waited for.
    """

    def __init__(self, engine: str = "", patience: Patience | None = None) -> None:
        self._settings = settings_from({"kubeconfig": UNKNOWN})
        self._cluster: Cluster | None = None
        self._awaiter: Awaiter | None = None
        self._patience = patience or Patience()
        self._progress = Progress(engine)
        self._cancelled = threading.Event()
        self._existing: set[str] = set()

    def close(self) -> None:
        """Close the connections, for whoever runs a provider without a process of its own."""
        self._progress.close()
        if self._cluster is not None:
            self._cluster.api.close()

    # Configuration ---------------------------------------------------------------------------------------------

    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Say whose semantics are kept."""
        return plugin_pb2.PluginInfo(version=VERSION)

    def CheckConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Every configuration of the real provider is accepted."""
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Another cluster replaces the provider, and so every object; anything else changes in place."""
        old, new = decode(request.old_inputs or request.olds), decode(request.news)
        found = diffing.changes(old, new)
        identified = bool(reveal(old.get("clusterIdentifier")) and reveal(new.get("clusterIdentifier")))
        moved = not identified and server_of(old) != server_of(new)

        def replaces(path: diffing.Path) -> bool:
            return path[0] == "clusterIdentifier" if identified else moved and path[0] in ("kubeconfig", "context")

        return diffing.response(found, replaces, delete_first=False)

    def Configure(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Connect to the API server of the kubeconfig, unless that is not known yet."""
        self._settings = settings_from(decode(request.args))
        if self._settings.kubeconfig is not None:
            try:
                access = read_kubeconfig(self._settings.kubeconfig, self._settings.context)
            except ControlPlaneError as error:
                fail(context, str(error))
            api = Api(access, connections=CONNECTIONS)
            self._cluster = Cluster(api, self._cancelled)
            self._awaiter = Awaiter(api, self._cancelled, self._patience)
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> Any:
        """End every wait."""
        self._cancelled.set()
        return empty_pb2.Empty()

    def Invoke(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Decode YAML; nothing else is offered."""
        if request.tok != "kubernetes:yaml:decode":
            fail(context, f"the offline Kubernetes provider does not implement {request.tok}")
        documents = [each for each in yaml.safe_load_all(reveal(decode(request.args))["text"]) if each]
        # `getattr` because `return` is a keyword.
        return provider_pb2.InvokeResponse(**{"return": encode({"result": documents})})

    # Resources -------------------------------------------------------------------------------------------------

    def Check(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Complete the inputs: a name, a namespace, secrets of Secrets; refuse conditions that cannot be read."""
        news, olds = decode(request.news), decode(request.olds)
        if is_release(request.urn):
            return provider_pb2.CheckResponse(inputs=request.news)
        failures = [
            provider_pb2.CheckFailure(property=key, reason=f"{key} is required")
            for key in ("apiVersion", "kind")
            if not news.get(key)
        ]
        if (reason := conditions.unreadable(news)) is not None:
            failures.append(provider_pb2.CheckFailure(reason=reason))
        if failures:
            return provider_pb2.CheckResponse(inputs=request.news, failures=failures)
        name = request.urn.rpartition("::")[2]
        news = with_name(news, olds, name, request.randomSeed)
        if self._cluster is not None:
            news = self._cluster.with_namespace(news, self._settings.namespace)
        return provider_pb2.CheckResponse(inputs=encode(live_objects.mark_secret(news)))

    def Diff(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Compare inputs; changes of immutable properties replace, the old object first if the name stays."""
        self._existing.add(request.urn)
        old, new = decode(request.old_inputs), decode(request.news)
        if is_release(request.urn):
            return diffing.response(diffing.changes(old, new), lambda path: path[0] == "name", delete_first=True)
        kind = str(reveal(new.get("kind")))
        mutable = self._settings.mutable_data(kind, frozen=bool(reveal(old.get("immutable"))))
        found = diffing.changes(old, new)

        def replaces(path: diffing.Path) -> bool:
            return immutable(str(reveal(new["apiVersion"])), kind, path, mutable_data=mutable)

        same_name = where(old) == where(new) and old.get("kind") == new.get("kind")
        return diffing.response(found, replaces, delete_first=same_name and not is_autonamed(new))

    def Create(self, request: Any, context: grpc.ServicerContext) -> Any:
        """POST the object and wait until it is ready; in a preview, a dry run where the server can judge it already."""
        inputs = decode(request.properties)
        if is_release(request.urn):
            return releases.created(inputs, preview=request.preview)
        manager = field_manager(request.urn, inputs)
        manifest = _manifest(inputs)
        if request.preview and (self._cluster is None or has_unknown(manifest)):
            return provider_pb2.CreateResponse(properties=encode(inputs))
        expected = self._expected(manifest, request, context)
        try:
            if request.preview and self._connected().lacks_namespace_of(manifest):
                return provider_pb2.CreateResponse(properties=encode(inputs))
            created = self._create(manifest, manager, dry_run=request.preview)
        except (ApiError, UnknownKindError) as error:
            if request.preview and self._not_yet(error, request.urn):
                return provider_pb2.CreateResponse(properties=encode(inputs))
            fail(context, f"{label(manifest)} was not created: {error}")
        except (ClusterError, httpx.TransportError) as error:
            fail(context, f"{label(manifest)} was not created: {error}")
        if request.preview:
            return provider_pb2.CreateResponse(properties=encode(live_objects.planned(created, inputs, manager)))
        properties = self._waited(
            created, expected, request, context, lambda live: encode(live_objects.outputs(live, inputs, manager))
        )
        return provider_pb2.CreateResponse(id=identity(created), properties=properties)

    def Update(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Server-side apply the object and wait until it is ready; conflicts are errors unless forced."""
        inputs, olds = decode(request.news), decode(request.olds)
        if is_release(request.urn):
            return releases.updated(inputs)
        manager = str(reveal(olds.get("__fieldManager")) or field_manager(request.urn, inputs))
        manifest = _manifest(inputs)
        if request.preview and (self._cluster is None or has_unknown(manifest)):
            return provider_pb2.UpdateResponse(properties=encode(inputs))
        expected = self._expected(manifest, request, context)
        force = self._settings.patch_force or annotation(inputs, "pulumi.com/patchForce") == "true"
        try:
            applied = self._connected().apply(
                manifest, manager, ignoring=request.ignoreChanges, force=force, dry_run=request.preview
            )
        except UnknownKindError as error:
            if request.preview:
                return provider_pb2.UpdateResponse(properties=encode(inputs))
            fail(context, f"{label(manifest)} was not updated: {error}")
        except (ApiError, ClusterError, httpx.TransportError) as error:
            fail(context, f"{label(manifest)} was not updated: {error}")
        if request.preview:
            return provider_pb2.UpdateResponse(properties=encode(live_objects.planned(applied, inputs, manager)))
        properties = self._waited(
            applied, expected, request, context, lambda live: encode(live_objects.outputs(live, inputs, manager))
        )
        return provider_pb2.UpdateResponse(properties=properties)

    def Read(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Return the live object and the inputs as it shows them; nothing where it is gone.

        One that the program made and that is not ready (any more) is returned as an error that keeps its state.
        """
        inputs, recorded = decode(request.inputs), decode(request.properties)
        if is_release(request.urn):
            return provider_pb2.ReadResponse(id=request.id, properties=request.properties, inputs=request.inputs)
        source = reveal(inputs or recorded)
        if self._cluster is None:
            return provider_pb2.ReadResponse(id=request.id, properties=request.properties, inputs=request.inputs)
        api_version, kind = source.get("apiVersion"), source.get("kind")
        if not api_version or not kind:
            api_version, kind = group_version_kind(type_of(request.urn))
        try:
            found = self._cluster.read(api_version, kind, request.id)
        except (ApiError, httpx.TransportError) as error:
            fail(context, f"{kind} {request.id} could not be read: {error}")
        if found is None:
            return provider_pb2.ReadResponse()
        known = inputs.get("metadata") is not None
        shown = live_objects.drifted(inputs, recorded, found) if known else live_objects.importable(found)
        manager = str(reveal(recorded.get("__fieldManager")) or field_manager(request.urn, inputs))
        properties = encode(live_objects.outputs(found, shown, manager))
        if known and self._awaiter is not None and not conditions.is_skipped(inputs):
            unready = self._awaiter.unready(found)
            if unready is not None:
                fail_unready(context, unready, request.id, properties, encode(shown))
        return provider_pb2.ReadResponse(id=request.id, properties=properties, inputs=encode(shown))

    def Delete(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Delete the object and wait until it is gone."""
        if not is_release(request.urn):
            properties = reveal(decode(request.properties))
            try:
                self._connected().delete(properties, request.id, request.timeout)
            except (ApiError, ClusterError, httpx.TransportError) as error:
                fail(context, f"{properties.get('kind')} {request.id} was not deleted: {error}")
        return empty_pb2.Empty()

    # ------------------------------------------------------------------------------------------------------------

    def _expected(self, manifest: dict[str, Any], request: Any, context: grpc.ServicerContext) -> Expectation:
        try:
            return expectation(manifest, request.timeout)
        except BadConditionError as error:
            fail(context, f"{label(manifest)}: {error}")

    def _waited(
        self, made: dict[str, Any], expected: Expectation, request: Any, context: grpc.ServicerContext, state: State
    ) -> struct_pb2.Struct:
        """Return an object's state once it is ready; where it does not get ready, the call ends with its state."""
        if self._awaiter is None:
            return state(made)

        def say(text: str, warning: bool) -> None:
            self._progress.say(request.urn, text, warning=warning)

        try:
            return state(self._awaiter.ready(made, expected, say))
        except NotReadyError as error:
            fail_unready(context, error, identity(error.live), state(error.live))

    def _create(self, manifest: dict[str, Any], manager: str, *, dry_run: bool) -> dict[str, Any]:
        cluster = self._connected()
        if self._settings.upsert and manifest["metadata"].get("name"):
            there = cluster.read(manifest["apiVersion"], manifest["kind"], identity(manifest))
            if there is not None:
                return cluster.apply(manifest, manager, force=self._settings.patch_force, dry_run=dry_run)
        return cluster.create(manifest, manager, dry_run=dry_run)

    def _not_yet(self, error: ApiError | UnknownKindError, urn: str) -> bool:
        """Say whether a dry run failed only because something earlier in the same update is not there yet."""
        if isinstance(error, UnknownKindError) or error.status == 404:
            return True
        return error.reason == "AlreadyExists" and urn in self._existing  # the old one goes before the new one comes

    def _connected(self) -> Cluster:
        if self._cluster is None:
            raise ClusterError("the provider's kubeconfig is not known")
        return self._cluster


def main() -> None:
    """Serve."""
    provider = Provider(engine_address())
    register: Callable[[grpc.Server], None] = lambda server: (  # noqa: E731
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    )
    serve(register, CALLS)


def _manifest(inputs: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in reveal(inputs).items() if not key.startswith("__")}
