"""What the controller is given: the Ingress objects of a region, its ConfigMap, and where the engine is."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

from contract.names import ENGINE_SERVICE, Namespace
from infra.components.ingress import Entrance, EntranceArgs
from infra.ingress.controller import values
from infra.rendering.recorder import Recorder, run_program
from infra.settings import Settings, parse

REPOSITORY = Path(__file__).parents[2]
PROXIED = {"source": "proxyProtocol", "trusted": ["127.0.0.0/8"]}
FORWARDED = {"source": "forwardedFor", "trusted": ["127.0.0.0/8"]}
SCENARIOS: Mapping[str, dict[str, Any]] = {
    "connection": {},
    "proxy-protocol": {"clientAddress": PROXIED, "stickiness": "off"},
    "forwarded-for": {"clientAddress": FORWARDED},
}
"""Settings of ``ingress`` on top of stack ``prod``."""


@dataclass(frozen=True)
class Given:
    """Input of the controller's code."""

    ingresses: list[dict[str, Any]]
    entries: dict[str, str]
    endpoints: dict[str, list[str]]
    replicas: int
    disable_ipv6: bool = True
    allow_empty_ingress_host: bool = True

    def document(self) -> dict[str, Any]:
        """As JSON."""
        own = asdict(self)
        own["disableIPV6"] = own.pop("disable_ipv6")
        own["allowEmptyIngressHost"] = own.pop("allow_empty_ingress_host")
        return own

    @classmethod
    def read(cls, document: dict[str, Any]) -> "Given":
        """The opposite of :meth:`document`."""
        own = dict(document)
        ipv6, empty = own.pop("disableIPV6"), own.pop("allowEmptyIngressHost")
        return cls(**own, disable_ipv6=ipv6, allow_empty_ingress_host=empty)


def prod(ingress: dict[str, Any]) -> Settings:
    """Stack ``prod`` with ``ingress`` in its settings."""
    text = (REPOSITORY / "Pulumi.prod.yaml").read_text(encoding="utf-8")
    return parse({**yaml.safe_load(text)["config"]["mcp:settings"], "ingress": ingress})


def given(settings: Settings, http: str, websocket: str, replicas: int) -> Given:
    """What the controller sees, with the engine's two ports at these addresses."""
    recorder = Recorder()

    def program() -> None:
        Entrance("entrance", EntranceArgs(settings))

    run_program(recorder, program)
    controller = values(settings)["controller"]
    service = f"{Namespace.ORCHESTRATION}/{ENGINE_SERVICE}"
    made = [each for each in recorder.made if each.kind == "Ingress"]
    return Given(
        ingresses=[_object(each.inputs) for each in sorted(made, key=lambda each: each.name)],
        entries=controller["config"]["entries"],
        endpoints={f"{service}80": [http], f"{service}8001": [websocket]},
        replicas=replicas,
        disable_ipv6=controller["disableIPV6"],
        allow_empty_ingress_host=controller["allowEmptyIngressHost"],
    )


def _object(inputs: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", **inputs}
