"""Every rule that the project knows, in one region: stack ``prod`` with every job read."""

from pathlib import Path
from typing import Any

import yaml

from infra.central import rules as central
from infra.central.settings import ObservatorySettings, parse_observatory
from infra.monitoring.rules import cache, logs
from infra.monitoring.rules.alert import Scope
from infra.monitoring.rules.catalogue import prometheus_rules
from infra.settings import Settings, parse

REPOSITORY = Path(__file__).parents[2]
ROLES = ("business_analyst", "technical_architect", "developer", "qa_tester")
JOBS = frozenset(
    {"orchestration-engine", "mcp-agents", "postgresql", "nginx-ingress", "cert-manager", cache.JOB, logs.JOB}
)


def settings(stack: str = "prod", **monitoring: Any) -> Settings:
    """A committed stack's settings, with some of its section ``monitoring``."""
    text = (REPOSITORY / f"Pulumi.{stack}.yaml").read_text(encoding="utf-8")
    document: dict[str, Any] = yaml.safe_load(text)["config"]["mcp:settings"]
    document["monitoring"] = document.get("monitoring", {}) | monitoring
    return parse(document)


def scope(stack: str = "prod", **monitoring: Any) -> Scope:
    """With every job, whatever the stack reads."""
    return Scope(settings(stack, **monitoring), ROLES, JOBS)


def central_settings() -> ObservatorySettings:
    """The committed monitoring stack of zone US."""
    text = (REPOSITORY / "Pulumi.monitoring.yaml").read_text(encoding="utf-8")
    return parse_observatory(yaml.safe_load(text)["config"]["mcp:settings"])


def central_rules() -> dict[tuple[str, str], dict[str, Any]]:
    """(name, severity) -> rule of that stack."""
    found = (group for spec in central.rules(central_settings()).values() for group in spec["groups"])
    return {(rule["alert"], rule["labels"]["severity"]): rule for group in found for rule in group["rules"]}


def groups(found: Scope) -> list[dict[str, Any]]:
    """Rule groups as a rule file has them."""
    return [group for spec in prometheus_rules(found).values() for group in spec["groups"]]


def rules(found: Scope) -> dict[tuple[str, str], dict[str, Any]]:
    """(name, severity) -> rule."""
    return {(rule["alert"], rule["labels"]["severity"]): rule for group in groups(found) for rule in group["rules"]}


def write(path: Path, found: list[dict[str, Any]]) -> Path:
    """A rule file of these groups."""
    path.write_text(yaml.safe_dump({"groups": found}, sort_keys=False), encoding="utf-8")
    return path
