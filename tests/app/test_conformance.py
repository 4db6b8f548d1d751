"""Documents against schemas: one sentence for a fault, and nothing is fetched."""

import socket
from typing import Any

import pytest

from app.conformance import OUTPUT_CHARACTERS, fault_of, output_fault


def test_a_fitting_document_has_no_fault() -> None:
    assert fault_of({"a": [1]}, {"type": "object", "properties": {"a": {"type": "array"}}}) is None


def test_a_fault_names_its_place() -> None:
    schema = {"type": "object", "properties": {"a": {"items": {"type": "integer"}}}}
    assert fault_of({"a": [1, "x"]}, schema) == "a/1: 'x' is not of type 'integer'"
    assert fault_of([], schema) == "the document: [] is not of type 'object'"


def test_a_long_fault_is_cut() -> None:
    assert len(str(fault_of("x" * 10_000, {"type": "object"}))) < 400


def test_a_reference_to_elsewhere_is_a_fault_and_not_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("connected")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    for reference in ("http://127.0.0.1:1/schema", "file:///etc/passwd", "#/nowhere"):
        fault = fault_of({"a": 1}, {"properties": {"a": {"$ref": reference}}})
        assert "refers to something outside it" in str(fault)


def test_an_output_that_is_too_long_is_told_so_without_a_look_at_its_schema() -> None:
    fault = output_fault({"a": "x" * OUTPUT_CHARACTERS}, {"type": "array"})
    assert "at most 500000 are accepted" in str(fault)
    assert output_fault({"a": "x"}, {"type": "array"}) == "the document: {'a': 'x'} is not of type 'array'"
