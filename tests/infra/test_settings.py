"""Settings that cannot be accepted are refused in sentences that say what to do."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.central.settings import ObservatorySettings
from infra.faults import SettingsError
from infra.kinds import parse_any
from infra.sections.section import Switch
from infra.settings import Settings, check_roles, parse
from infra.stack_settings import Kind

REPOSITORY = Path(__file__).parents[2]
Document = Callable[[], dict[str, Any]]


def prod() -> dict[str, Any]:
    return yaml.safe_load((REPOSITORY / "Pulumi.prod.yaml").read_text(encoding="utf-8"))["config"]["mcp:settings"]


def refusal(document: object) -> str:
    with pytest.raises(SettingsError) as caught:
        parse(document)
    return str(caught.value)


@pytest.mark.parametrize("path", sorted(REPOSITORY.glob("Pulumi.*.yaml")), ids=lambda path: path.name)
def test_every_committed_stack_parses_and_carries_no_salt(path: Path) -> None:
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    settings = parse_any(document["config"]["mcp:settings"])
    assert isinstance(settings, ObservatorySettings if settings.kind is Kind.MONITORING else Settings)
    assert set(document) == {"config"}


def test_a_preset_fills_what_the_stack_leaves_out() -> None:
    settings = parse(prod())
    assert (settings.engine.replicas.min, settings.engine.replicas.max) == (3, 10)
    assert settings.database.dedicated_nodes


def test_a_single_value_overrides_the_preset(local_document: Document) -> None:
    settings = parse(local_document() | {"engine": {"replicas": {"max": 4}}})
    assert (settings.engine.replicas.min, settings.engine.replicas.max) == (3, 4)
    assert settings.engine.resources.limits.memory == "2Gi"


@pytest.mark.parametrize(("written", "meant"), [("on", Switch.ON), (True, Switch.ON), (False, Switch.OFF)])
def test_switches_are_understood_as_words_and_as_yaml_reads_them(
    local_document: Document, written: object, meant: Switch
) -> None:
    assert parse(local_document() | {"waiting": written}).waiting is meant


def test_a_misspelt_key_is_refused_with_the_nearest_valid_one(local_document: Document) -> None:
    assert refusal(local_document() | {"protecton": "on"}) == (
        'mcp:settings.protecton = "on": is not a setting; did you mean protection?'
    )


def test_a_misspelt_nested_key_is_refused_with_the_nearest_of_its_section(local_document: Document) -> None:
    assert refusal(local_document() | {"limits": {"agentTimeoutSecond": 60}}) == (
        "mcp:settings.limits.agentTimeoutSecond = 60: is not a setting; did you mean agentTimeoutSeconds?"
    )


def test_a_key_like_no_other_is_refused_with_all_valid_ones(local_document: Document) -> None:
    assert refusal(local_document() | {"certificates": {"xyz": 1}}) == (
        "mcp:settings.certificates.xyz = 1: is not a setting; valid keys are acme, clusterIssuer, selfSigned"
    )


def test_python_names_of_keys_are_no_keys(local_document: Document) -> None:
    assert refusal(local_document() | {"log_level": "INFO"}) == (
        'mcp:settings.log_level = "INFO": is not a setting; did you mean logLevel?'
    )


def test_a_missing_key_is_named(local_document: Document) -> None:
    document = local_document()
    del document["domain"]
    assert refusal(document) == "mcp:settings.domain: is required"


def test_an_unknown_size_is_refused(local_document: Document) -> None:
    assert "mcp:settings.size = \"huge\": input should be 'minimum' or 'recommended'" in refusal(
        local_document() | {"size": "huge"}
    )


def test_all_faults_are_reported_at_once(local_document: Document) -> None:
    document = local_document() | {"logLevel": "LOUD", "protecton": "on"}
    assert len(refusal(document).splitlines()) == 2


def test_settings_must_be_an_object() -> None:
    assert refusal(None) == "mcp:settings: must be an object: see the stack files for an example"


def test_a_region_outside_its_residency_zone_is_refused() -> None:
    assert refusal(prod() | {"region": "eu-west-1"}) == (
        'mcp:settings.region = "eu-west-1": lies in residency zone eu, but residency is us'
    )


def test_a_backup_outside_the_residency_zone_is_refused() -> None:
    assert refusal(prod() | {"backupRegion": "eu-central-1"}) == (
        'mcp:settings.backupRegion = "eu-central-1": lies in residency zone eu, but residency is us'
    )


def test_a_backup_in_the_region_itself_is_refused() -> None:
    assert refusal(prod() | {"backupRegion": "us-east-1"}) == (
        'mcp:settings.backupRegion = "us-east-1": must be another region: losing one must not lose both'
    )


def test_an_image_by_tag_is_refused_in_a_shared_cluster() -> None:
    assert refusal(prod() | {"image": "mcp-platform/platform:latest"}) == (
        'mcp:settings.image = "mcp-platform/platform:latest": '
        "must end in @sha256:… outside environment local, so that it never changes"
    )


def test_bounds_the_wrong_way_round_are_refused(local_document: Document) -> None:
    document = local_document() | {"agents": {"replicas": {"min": 5, "max": 2}}}
    assert refusal(document) == "mcp:settings.agents.replicas.min = 5: must not exceed agents.replicas.max (2)"


def test_one_database_instance_is_refused_where_data_is_protected() -> None:
    assert refusal(prod() | {"database": {"instances": 1}}) == (
        "mcp:settings.database.instances = 1: must be 2 or more where protection is on"
    )


def test_a_primary_that_would_outlive_its_lease_is_refused(local_document: Document) -> None:
    lease = {"durationSeconds": 5, "renewSeconds": 5, "retrySeconds": 1}
    assert refusal(local_document() | {"database": {"primaryLease": lease}}) == (
        'mcp:settings.database.primaryLease = {"durationSeconds": 5, "renewSeconds": 5, "retrySeconds": 1}: '
        "must have retrySeconds < renewSeconds < durationSeconds: a primary gives up before its lease ends"
    )


def test_a_provider_named_twice_is_refused(local_document: Document) -> None:
    assert refusal(local_document() | {"llm": {"preference": ["openai", "openai"]}}) == (
        'mcp:settings.llm.preference = ["openai", "openai"]: names a provider twice'
    )


def test_more_roles_than_the_quota_has_room_for_are_refused(local_document: Document) -> None:
    settings = parse(local_document() | {"agents": {"capacity": 1}})
    with pytest.raises(SettingsError) as caught:
        check_roles(settings, ("developer", "qa_tester"))
    assert str(caught.value) == (
        "mcp:settings.agents.capacity = 1: roles/ has 2 roles, so the quota of namespace mcp-agents would refuse "
        "the last ones: raise it to 2 or more"
    )


@pytest.mark.parametrize(
    ("region", "short"), [("us-east-1", "us-east"), ("eu-central-1", "eu-central"), ("local", "local")]
)
def test_service_names_carry_the_region_without_its_number(local_document: Document, region: str, short: str) -> None:
    document = local_document() | {"region": region, "residency": "eu" if region.startswith("eu") else "us"}
    assert parse(document | {"backupRegion": "onprem"}).short_region == short
