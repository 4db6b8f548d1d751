"""What a preview found is read from the engine's events, each sentence once."""

from ops.preview.events import Preview
from ops.preview.project import kubeconfig_variable

URN = "urn:pulumi:local::mcp::kubernetes:apps/v1:Deployment::engine"


def test_counts_are_the_engine_s_own() -> None:
    found = Preview()
    found.take({"resourcePreEvent": {}})
    found.take({"summaryEvent": {"resourceChanges": {"create": 3, "same": 2}}})
    assert found.seen == 1
    assert found.line("local", 0, 1.4) == "stack local: 3 to create, 2 unchanged; 0 policy violations; 1 s"


def test_a_mandatory_policy_refuses_and_another_advises() -> None:
    found = Preview()
    for level in ("mandatory", "mandatory", "advisory"):
        found.take(
            {
                "policyEvent": {
                    "enforcementLevel": level,
                    "policyName": "images",
                    "message": "runs x:\n name a digest",
                    "resourceUrn": URN,
                }
            }
        )
    assert found.violations == ["images: engine: runs x: name a digest"] == found.advice
    assert found.document("local", 1, 0)["ok"] is False


def test_an_error_that_is_repeated_is_said_once_with_its_lines() -> None:
    found = Preview()
    for message in ("error: one: is wrong\ntwo: is too\n", "an unhandled error occurred: one: is wrong\ntwo: is too"):
        found.take({"diagnosticEvent": {"severity": "error", "message": message}})
    assert found.errors == ["one: is wrong\ntwo: is too"]
    assert found.line("local", 1, 2) == "REFUSED: stack local: 0 policy violations, 1 errors; 2 s"


def test_that_offline_plugins_are_on_path_is_no_warning() -> None:
    found = Preview()
    for message in ("warning: using pulumi-resource-random from $PATH", "warning: agents cannot call openai"):
        found.take({"diagnosticEvent": {"severity": "warning", "message": message}})
    assert found.warnings == ["agents cannot call openai"]


def test_the_variable_of_a_kubeconfig_is_seen_and_a_path_is_none() -> None:
    def document(kubeconfig: str) -> dict[str, object]:
        return {"config": {"mcp:settings": {"cluster": {"existing": {"kubeconfig": kubeconfig}}}}}

    assert kubeconfig_variable(document("$KUBECONFIG")) == "KUBECONFIG"
    assert kubeconfig_variable(document("~/config")) is None
    assert kubeconfig_variable({"config": {"mcp:settings": {"cluster": {}}}}) is None
