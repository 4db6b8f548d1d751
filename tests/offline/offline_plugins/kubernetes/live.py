"""What the API server's object says about the inputs: outputs for the state, and drift for a refresh."""

import base64
import binascii
from typing import Any

from offline_plugins import STAMP
from offline_plugins.wire import UNKNOWN, Secret, conceal, reveal

CHOSEN_BY_SERVER = ("uid", "resourceVersion", "creationTimestamp", "generation", "selfLink")
SECRET_KEYS = ("data", "stringData")


def outputs(live: dict[str, Any], inputs: dict[str, Any], manager: str) -> dict[str, Any]:
    """Return what goes into the state for an object: the live one, with the inputs' secrets secret."""
    shown = {**live, "metadata": {k: v for k, v in live["metadata"].items() if k != "managedFields"}}
    if shown.get("kind") == "Secret" and "stringData" in inputs:
        shown["stringData"] = reveal(inputs["stringData"])  # the API server folds it into data
    shown = conceal(shown, inputs)
    return {**mark_secret(shown), "__fieldManager": manager, STAMP: True}


def mark_secret(properties: dict[str, Any]) -> dict[str, Any]:
    """Mark the contents of a Secret as secret, whoever gave them."""
    if properties.get("kind") != "Secret" or properties.get("apiVersion") != "v1":
        return properties
    return {
        key: Secret(value) if key in SECRET_KEYS and not isinstance(value, Secret) else value
        for key, value in properties.items()
    }


def planned(dry_run: dict[str, Any], inputs: dict[str, Any], manager: str) -> dict[str, Any]:
    """Return a preview's outputs: what the server would default, without what only the real request decides."""
    shown = {key: value for key, value in dry_run.items() if key != "status"}
    metadata = {key: value for key, value in dry_run["metadata"].items() if key not in CHOSEN_BY_SERVER}
    given = reveal(inputs).get("metadata", {})
    if "generateName" in metadata and given is not UNKNOWN and "name" not in given:
        metadata["name"] = UNKNOWN
    shown["metadata"] = metadata
    if dry_run.get("kind") == "Service":
        spec = reveal(inputs).get("spec", {})
        addresses = {"clusterIP", "clusterIPs"} - set(spec if isinstance(spec, dict) else {})
        shown["spec"] = {key: value for key, value in dry_run.get("spec", {}).items() if key not in addresses}
    return outputs(shown, inputs, manager)


def drifted(inputs: dict[str, Any], recorded: dict[str, Any], live: dict[str, Any]) -> dict[str, Any]:
    """Return the inputs as the live object shows them.

    A value that the server rewrote when it was applied (``1000m`` to ``1``) has not drifted as long as
    the live value is the one recorded then; fields that the inputs do not set belong to others.
    """
    live, recorded = reveal(live), reveal(recorded)
    if live.get("kind") == "Secret" and "stringData" in inputs:
        live = {**live, "stringData": _texts(live.get("data") or {})}
    drift = _projected(reveal(inputs), recorded, live)
    return mark_secret(conceal(drift, inputs))


def importable(live: dict[str, Any]) -> dict[str, Any]:
    """Return the inputs that would make an existing object, for an import."""
    metadata = {
        key: value for key, value in live["metadata"].items() if key not in (*CHOSEN_BY_SERVER, "managedFields")
    }
    return mark_secret({**{key: value for key, value in live.items() if key != "status"}, "metadata": metadata})


def _projected(given: Any, recorded: Any, live: Any) -> Any:
    if given == live or (recorded == live and recorded is not None):
        return given
    if isinstance(given, dict) and isinstance(live, dict):
        old = recorded if isinstance(recorded, dict) else {}
        return {
            key: _projected(value, old.get(key), live.get(key))
            for key, value in given.items()
            if live.get(key) is not None or value in (None, {}, [], "", False, 0)
        }
    if isinstance(given, list) and isinstance(live, list):
        old = recorded if isinstance(recorded, list) else []
        return [_item(each, position, given, old) for position, each in enumerate(live)]
    if live is None and given in ({}, [], "", False, 0):
        return given  # the server leaves zero values out
    return live


def _item(live: Any, position: int, given: list[Any], recorded: list[Any]) -> Any:
    mine = _match(live, position, given)
    return live if mine is None else _projected(mine, _match(live, position, recorded), live)


def _match(live: Any, position: int, among: list[Any]) -> Any:
    if isinstance(live, dict) and "name" in live:
        return next((each for each in among if isinstance(each, dict) and each.get("name") == live["name"]), None)
    return among[position] if position < len(among) else None


def _texts(data: dict[str, str]) -> dict[str, str]:
    texts: dict[str, str] = {}
    for key, value in data.items():
        try:
            texts[key] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            texts[key] = value
    return texts
