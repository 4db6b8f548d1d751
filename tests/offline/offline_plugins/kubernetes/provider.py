"""The gRPC face of the provider: Check, Diff, Create, Update, Read, Delete."""

# ruff: noqa: N802, ARG002 - gRPC prescribes the methods' names and arguments

import threading
from collections.abc import Callable
from importlib.metadata import version
from typing import Any, NoReturn

import grpc
import httpx
import yaml
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from offline_plugins import STAMP, diffing
from offline_plugins.kubernetes import live as live_objects
from offline_plugins.kubernetes.cluster import Cluster, ClusterError, field_manager
from offline_plugins.kubernetes.immutability import immutable
from offline_plugins.kubernetes.naming import annotation, identity, is_autonamed, with_name
from offline_plugins.kubernetes.settings import settings_from
from offline_plugins.serving import serve
from offline_plugins.wire import UNKNOWN, conceal, decode, encode, has_unknown, reveal
from ops.controlplane.api import Api, ApiError, UnknownKindError
from ops.controlplane.failure import ControlPlaneError
from ops.controlplane.kubeconfig import read_kubeconfig

VERSION = version("pulumi-kubernetes")
"""The SDK's version whose semantics are kept; the engine compares it with what the program asks for."""
RELEASE = "kubernetes:helm.sh/v3:Release"
CONNECTIONS = 48


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """One provider instance, configured once by the engine."""

    def __init__(self) -> None:
        self._settings = settings_from({"kubeconfig": UNKNOWN})
        self._cluster: Cluster | None = None
        self._cancelled = threading.Event()
        self._existing: set[str] = set()

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
        moved = not identified and _server(old) != _server(new)

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
                _fail(context, str(error))
            self._cluster = Cluster(Api(access, connections=CONNECTIONS), self._cancelled)
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> Any:
        """End every wait."""
        self._cancelled.set()
        return empty_pb2.Empty()

    def Invoke(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Decode YAML; nothing else is offered."""
        if request.tok != "kubernetes:yaml:decode":
            _fail(context, f"the offline Kubernetes provider does not implement {request.tok}")
        documents = [each for each in yaml.safe_load_all(reveal(decode(request.args))["text"]) if each]
        # `getattr` because `return` is a keyword.
        return provider_pb2.InvokeResponse(**{"return": encode({"result": documents})})

    # Resources -------------------------------------------------------------------------------------------------

    def Check(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Complete the inputs: a name, a namespace, secrets of Secrets."""
        news, olds = decode(request.news), decode(request.olds)
        if request.type == RELEASE or _type(request.urn) == RELEASE:
            return provider_pb2.CheckResponse(inputs=request.news)
        failures = [
            provider_pb2.CheckFailure(property=key, reason=f"{key} is required")
            for key in ("apiVersion", "kind")
            if not news.get(key)
        ]
        if failures:
            return provider_pb2.CheckResponse(inputs=request.news, failures=failures)
        name = request.urn.rpartition("::")[2]
        news = self._with_namespace(with_name(news, olds, name, request.randomSeed))
        return provider_pb2.CheckResponse(inputs=encode(live_objects.mark_secret(news)))

    def Diff(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Compare inputs; changes of immutable properties replace, the old object first if the name stays."""
        self._existing.add(request.urn)
        old, new = decode(request.old_inputs), decode(request.news)
        if _type(request.urn) == RELEASE:
            return diffing.response(diffing.changes(old, new), lambda path: path[0] == "name", delete_first=True)
        kind = str(reveal(new.get("kind")))
        mutable = self._settings.mutable_data(kind, frozen=bool(reveal(old.get("immutable"))))
        found = diffing.changes(old, new)

        def replaces(path: diffing.Path) -> bool:
            return immutable(str(reveal(new["apiVersion"])), kind, path, mutable_data=mutable)

        same_name = _where(old) == _where(new) and old.get("kind") == new.get("kind")
        return diffing.response(found, replaces, delete_first=same_name and not is_autonamed(new))

    def Create(self, request: Any, context: grpc.ServicerContext) -> Any:
        """POST the object; in a preview, as a dry run where the server can judge it already."""
        inputs = decode(request.properties)
        if _type(request.urn) == RELEASE:
            return _recorded_release(inputs, preview=request.preview)
        manager = field_manager(request.urn, inputs)
        manifest = _manifest(inputs)
        if request.preview and (self._cluster is None or has_unknown(manifest)):
            return provider_pb2.CreateResponse(properties=encode(inputs))
        try:
            created = self._create(manifest, manager, dry_run=request.preview)
        except (ApiError, UnknownKindError) as error:
            if request.preview and self._not_yet(error, request.urn):
                return provider_pb2.CreateResponse(properties=encode(inputs))
            _fail(context, f"{_label(manifest)} was not created: {error}")
        except (ClusterError, httpx.TransportError) as error:
            _fail(context, f"{_label(manifest)} was not created: {error}")
        if request.preview:
            return provider_pb2.CreateResponse(properties=encode(live_objects.planned(created, inputs, manager)))
        return provider_pb2.CreateResponse(
            id=identity(created), properties=encode(live_objects.outputs(created, inputs, manager))
        )

    def Update(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Server-side apply the object; conflicts with other field managers are errors unless forced."""
        inputs, olds = decode(request.news), decode(request.olds)
        if _type(request.urn) == RELEASE:
            return provider_pb2.UpdateResponse(properties=encode({**inputs, "status": {"status": "recorded"}}))
        manager = str(reveal(olds.get("__fieldManager")) or field_manager(request.urn, inputs))
        manifest = _manifest(inputs)
        if request.preview and (self._cluster is None or has_unknown(manifest)):
            return provider_pb2.UpdateResponse(properties=encode(inputs))
        force = self._settings.patch_force or annotation(inputs, "pulumi.com/patchForce") == "true"
        try:
            applied = self._connected().apply(
                manifest, manager, ignoring=request.ignoreChanges, force=force, dry_run=request.preview
            )
        except UnknownKindError as error:
            if request.preview:
                return provider_pb2.UpdateResponse(properties=encode(inputs))
            _fail(context, f"{_label(manifest)} was not updated: {error}")
        except (ApiError, ClusterError, httpx.TransportError) as error:
            _fail(context, f"{_label(manifest)} was not updated: {error}")
        shown = live_objects.planned if request.preview else live_objects.outputs
        return provider_pb2.UpdateResponse(properties=encode(shown(applied, inputs, manager)))

    def Read(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Return the live object and the inputs as it shows them; nothing where it is gone."""
        inputs, recorded = decode(request.inputs), decode(request.properties)
        if _type(request.urn) == RELEASE:
            return provider_pb2.ReadResponse(id=request.id, properties=request.properties, inputs=request.inputs)
        source = reveal(inputs or recorded)
        if self._cluster is None:
            return provider_pb2.ReadResponse(id=request.id, properties=request.properties, inputs=request.inputs)
        api_version, kind = source.get("apiVersion"), source.get("kind")
        if not api_version or not kind:
            api_version, kind = _group_version_kind(_type(request.urn))
        try:
            found = self._cluster.read(api_version, kind, request.id)
        except (ApiError, httpx.TransportError) as error:
            _fail(context, f"{kind} {request.id} could not be read: {error}")
        if found is None:
            return provider_pb2.ReadResponse()
        known = inputs.get("metadata") is not None
        shown = live_objects.drifted(inputs, recorded, found) if known else live_objects.importable(found)
        manager = str(reveal(recorded.get("__fieldManager")) or field_manager(request.urn, inputs))
        return provider_pb2.ReadResponse(
            id=request.id, properties=encode(live_objects.outputs(found, shown, manager)), inputs=encode(shown)
        )

    def Delete(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Delete the object and wait until it is gone."""
        if _type(request.urn) != RELEASE:
            properties = reveal(decode(request.properties))
            try:
                self._connected().delete(properties, request.id, request.timeout)
            except (ApiError, ClusterError, httpx.TransportError) as error:
                _fail(context, f"{properties.get('kind')} {request.id} was not deleted: {error}")
        return empty_pb2.Empty()

    # ------------------------------------------------------------------------------------------------------------

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

    def _with_namespace(self, news: dict[str, Any]) -> dict[str, Any]:
        metadata = news.get("metadata")
        if self._cluster is None or not isinstance(metadata, dict) or has_unknown([news["apiVersion"], news["kind"]]):
            return news
        try:
            namespaced = self._cluster.api.kind(reveal(news["apiVersion"]), reveal(news["kind"])).namespaced
        except (UnknownKindError, ApiError, httpx.TransportError):
            return news
        if not namespaced:
            return {**news, "metadata": {key: value for key, value in metadata.items() if key != "namespace"}}
        if metadata.get("namespace") is not None:
            return news
        default = self._settings.namespace or self._cluster.api.access.namespace or "default"
        return {**news, "metadata": {**metadata, "namespace": default}}

    def _connected(self) -> Cluster:
        if self._cluster is None:
            raise ClusterError("the provider's kubeconfig is not known")
        return self._cluster


def main() -> None:
    """Serve."""
    register: Callable[[grpc.Server], None] = lambda server: (  # noqa: E731
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(Provider(), server)
    )
    serve(register)


def _fail(context: grpc.ServicerContext, message: str) -> NoReturn:
    context.abort(grpc.StatusCode.UNKNOWN, message)
    raise AssertionError("abort raises")


def _manifest(inputs: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in reveal(inputs).items() if not key.startswith("__")}


def _label(manifest: dict[str, Any]) -> str:
    metadata = manifest["metadata"]
    name = metadata.get("name") or metadata.get("generateName", "")
    return f"{manifest['apiVersion']} {manifest['kind']} {metadata.get('namespace', '')}/{name}".replace(" /", " ")


def _where(properties: dict[str, Any]) -> tuple[Any, Any]:
    metadata = reveal(properties.get("metadata")) or {}
    return (metadata.get("namespace"), metadata.get("name")) if isinstance(metadata, dict) else (None, None)


def _type(urn: str) -> str:
    return urn.split("::")[2].rpartition("$")[2]


def _group_version_kind(token: str) -> tuple[str, str]:
    _, group_version, kind = token.split(":")
    group, _, version = group_version.rpartition("/")
    return (version if group == "core" else group_version), kind


def _server(config: dict[str, Any]) -> str | None:
    settings = settings_from(config)
    if settings.kubeconfig is None:
        return None
    try:
        return read_kubeconfig(settings.kubeconfig, settings.context).server
    except ControlPlaneError:
        return None


def _recorded_release(inputs: dict[str, Any], *, preview: bool) -> Any:
    """A chart needs the internet: its release is recorded, not installed."""
    shown = conceal({**reveal(inputs), "status": {"status": "recorded"}, STAMP: True}, inputs)
    place = "/".join(str(reveal(inputs.get(key)) or "default") for key in ("namespace", "name"))
    return provider_pb2.CreateResponse(id="" if preview else place, properties=encode(shown))
