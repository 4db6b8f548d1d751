"""Where the database archives to, what is dumped when, and who may read it."""

from collections.abc import Callable
from typing import Any

import pytest

from infra.backup.jobs import SUSPENDED
from infra.faults import SettingsError
from infra.settings import parse
from ops.cli import main

Region = Callable[[dict[str, Any]], list[Any]]
Settings = Callable[[str], dict[str, Any]]
Find = Callable[..., dict[str, Any]]


def specs(made: list[Any], kind: str) -> dict[str, Any]:
    return {each.key[2]: each.inputs["spec"] for each in made if each.kind == kind}


@pytest.fixture(scope="module")
def onprem(region_of: Region, settings_of: Settings) -> list[Any]:
    return region_of(settings_of("onprem"))


def test_every_segment_is_archived_from_the_first_second(prod: list[Any]) -> None:
    (cluster,) = specs(prod, "Cluster").values()
    (store,) = specs(prod, "ObjectStore").items()
    assert cluster["plugins"] == [
        {
            "name": "barman-cloud.cloudnative-pg.io",
            "isWALArchiver": True,
            "parameters": {"barmanObjectName": store[0]},
        }
    ]
    assert cluster["backup"]["target"] == "prefer-standby"
    order = [each.kind for each in prod]
    assert order.index("ObjectStore") < order.index("Cluster") < order.index("ScheduledBackup")


def test_the_archive_is_compressed_and_kept_as_specified(prod: list[Any]) -> None:
    (store,) = specs(prod, "ObjectStore").values()
    assert store["configuration"]["destinationPath"] == "s3://mcp-platform-backups-us-east-1/archive"
    assert store["configuration"]["data"]["compression"] == "gzip"
    assert store["configuration"]["wal"] == {"compression": "gzip", "maxParallel": 8}
    assert store["retentionPolicy"] == "30d"


def test_a_cloud_store_is_reached_by_workload_identity_and_no_key_exists(prod: list[Any]) -> None:
    (store,) = specs(prod, "ObjectStore").values()
    assert store["configuration"]["s3Credentials"] == {"inheritFromIAMRole": True}
    assert not [each for each in prod if each.key[2] == "aws-backup-credentials"]


def test_a_store_without_cloud_gets_keys_as_files(onprem: list[Any]) -> None:
    (store,) = specs(onprem, "ObjectStore").values()
    assert store["configuration"]["endpointURL"] == "https://s3.onprem-2.mcp-platform.com"
    assert store["configuration"]["s3Credentials"]["accessKeyId"]["name"] == "aws-backup-credentials"
    for namespace in ("database", "mcp-orchestration"):
        assert [each for each in onprem if each.key == ("Secret", namespace, "aws-backup-credentials")]
    for job in specs(onprem, "CronJob").values():
        pod = job["jobTemplate"]["spec"]["template"]["spec"]
        assert "/app/secrets/store" in {mount["mountPath"] for mount in pod["containers"][0]["volumeMounts"]}


def test_a_store_in_google_cloud_is_reached_by_workload_identity(region_of: Region, settings_of: Settings) -> None:
    made = region_of(settings_of("prod") | {"backup": {"store": "gcs"}})
    (store,) = specs(made, "ObjectStore").values()
    assert store["configuration"]["googleCredentials"] == {"gkeEnvironment": True}
    assert store["configuration"]["destinationPath"].startswith("gs://")


def test_the_database_lets_a_dump_in_only_where_there_are_backups(
    prod: list[Any], region_of: Region, local_document: Callable[[], dict[str, Any]]
) -> None:
    without = region_of(local_document() | {"backup": {"enabled": "off"}})
    for made, let_in in ((prod, True), (without, False)):
        assert ("postgresql-backup" in str(specs(made, "NetworkPolicy")["postgresql-cluster-netpol"])) is let_in
        assert bool(specs(made, "CronJob")) is let_in


def test_the_base_backup_has_six_fields_and_comes_before_the_dump(prod: list[Any]) -> None:
    (scheduled,) = specs(prod, "ScheduledBackup").values()
    assert scheduled["schedule"] == "0 30 1 * * *"
    assert scheduled["method"] == "plugin"
    assert scheduled["cluster"] == {"name": "postgresql-cluster"}


def test_dumps_are_taken_when_the_specification_says(prod: list[Any]) -> None:
    jobs = specs(prod, "CronJob")
    assert {name: job["schedule"] for name, job in jobs.items()} == {
        "postgresql-backup": "0 2 * * *",
        "config-backup": "0 3 * * *",
    }
    for name, job in jobs.items():
        assert job["concurrencyPolicy"] == "Forbid"
        assert job["timeZone"] == "Etc/UTC"
        arguments = job["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]["args"]
        assert arguments[0] == "backup"
        assert arguments[arguments.index("--keep-days") + 1] == "30"
        prefix = {"postgresql-backup": "database", "config-backup": "config"}[name]
        assert arguments[arguments.index("--to") + 1] == f"s3://mcp-platform-backups-us-east-1/{prefix}"


def test_a_cron_job_runs_as_soon_as_its_command_exists() -> None:
    assert SUSPENDED is ("backup" not in main.commands), "un-suspend the CronJobs in infra/backup/jobs.py"


def test_the_saver_of_configuration_may_read_what_it_saves_and_nothing_else(prod: list[Any]) -> None:
    roles = {each.key[1]: each.inputs["rules"] for each in prod if each.kind == "Role"}
    readable = {namespace: {kind for rule in rules for kind in rule["resources"]} for namespace, rules in roles.items()}
    assert readable == {
        "mcp-orchestration": {"configmaps", "secrets", "services", "deployments", "ingresses"},
        "mcp-agents": {"configmaps", "services", "deployments"},
    }
    assert {verb for rules in roles.values() for rule in rules for verb in rule["verbs"]} == {"get", "list"}
    bound = [each.inputs for each in prod if each.kind == "RoleBinding"]
    assert {each["subjects"][0]["name"] for each in bound} == {"config-backup-sa"}


def test_only_the_saver_of_configuration_carries_a_token(prod: list[Any]) -> None:
    tokens = {
        name: job["jobTemplate"]["spec"]["template"]["spec"]["automountServiceAccountToken"]
        for name, job in specs(prod, "CronJob").items()
    }
    assert tokens == {"postgresql-backup": False, "config-backup": True}


def test_dumps_are_encrypted_to_every_recipient(region_of: Region, settings_of: Settings) -> None:
    recipients = ["age1" + "q" * 58, "age1" + "z" * 58]
    made = region_of(settings_of("prod") | {"backup": {"recipients": recipients}})
    for job in specs(made, "CronJob").values():
        arguments = job["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]["args"]
        assert [arguments[i + 1] for i, word in enumerate(arguments) if word == "--recipient"] == recipients


def test_a_private_key_as_recipient_is_refused(settings_of: Settings) -> None:
    with pytest.raises(SettingsError, match=r"backup\.recipients") as caught:
        parse(settings_of("prod") | {"backup": {"recipients": ["AGE-SECRET-KEY-1" + "Q" * 58]}})
    assert "QQQ" not in str(caught.value), "and is not shown"


def test_without_backups_nothing_of_them_is_made(region_of: Region, settings_of: Settings) -> None:
    made = region_of(settings_of("prod") | {"backup": {"enabled": "off"}})
    assert not {"ObjectStore", "ScheduledBackup", "CronJob", "Role"} & {each.kind for each in made}
    (cluster,) = specs(made, "Cluster").values()
    assert "plugins" not in cluster
