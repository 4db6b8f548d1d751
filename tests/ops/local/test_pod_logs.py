"""Logs of pods: each line once, whatever the API server gives again. A small server stands for it."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from ops.controlplane.api import Api
from ops.local import pod_logs
from ops.local.clusters.kinds import ClusterKind
from ops.local.failure import LocalError
from ops.local.pod_logs import PodTail, logs, matching
from ops.local.ports import PortPlan
from ops.local.process_logs import LINES
from ops.local.state import State
from tests.ops.local.answering import Answering, answering, manifest, objects

LOG = "/api/v1/namespaces/mcp-orchestration/pods/engine-1/log"


def pod(name: str, *containers: str) -> dict[str, object]:
    """A pod."""
    return manifest(
        "v1", "Pod", name, "mcp-orchestration", spec={"containers": [{"name": each} for each in containers]}
    )


ENGINE = pod("engine-1", "engine")


class Container:
    """What a container wrote; answers as the kubelet does, which knows whole seconds only."""

    def __init__(self, *lines: str) -> None:
        self.lines = list(lines)

    def __call__(self, query: dict[str, str]) -> str:
        assert query["timestamps"] == "true"
        lines = self.lines
        if "sinceTime" in query:
            since = datetime.fromisoformat(query["sinceTime"])
            assert since.tzinfo is not None and since.microsecond == 0
            lines = [line for line in lines if datetime.fromisoformat(line.partition(" ")[0]) >= since]
        return "".join(f"{line}\n" for line in lines[-int(query.get("tailLines", len(lines))) :])


def stamped(second: float, text: str, zone: str = "Z") -> str:
    """A line as the kubelet gives it."""
    return f"2025-11-24T23:59:{second:012.9f}{zone} {text}"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Answering]:
    """An API server with one pod."""
    with answering(objects(ENGINE)) as server:
        server.kubeconfig(tmp_path / "kubeconfig")
        yield server


@pytest.fixture
def api(served: Answering, tmp_path: Path) -> Iterator[Api]:
    """Its client."""
    api = Api.from_kubeconfig(tmp_path / "kubeconfig")
    yield api
    api.close()


@pytest.mark.parametrize("zone", ["Z", "+01:00", "-05:00"], ids=["UTC", "east", "west"])
def test_no_line_is_given_twice_and_none_is_left_out_in_whatever_zone_the_node_is(
    zone: str, served: Answering, api: Api
) -> None:
    container = Container(stamped(1, "one", zone), stamped(1.5, "two", zone))
    served.answers[LOG] = container
    tail = PodTail(api, ENGINE, "engine")
    assert tail.new() == ["one", "two"]
    assert tail.new() == []
    container.lines += [stamped(1.75, "three", zone), stamped(30, "four and more", zone)]
    assert tail.new() == ["three", "four and more"]
    assert tail.new() == []


def test_first_only_the_last_lines_are_asked_for_and_only_of_that_container(served: Answering, api: Api) -> None:
    served.answers[LOG] = Container(stamped(1, "one"))
    tail = PodTail(api, ENGINE, "engine")
    tail.new()
    tail.new()
    first, second = (query for path, query in served.asked if path == LOG)
    assert (first["container"], first["tailLines"]) == ("engine", str(LINES))
    assert second["sinceTime"] == "2025-11-24T23:59:01Z" and "tailLines" not in second


def test_a_pod_that_is_gone_or_not_started_has_no_new_lines_and_is_asked_again(served: Answering, api: Api) -> None:
    served.answers[LOG] = [400, 404, stamped(1, "one")]
    tail = PodTail(api, ENGINE, "engine")
    assert [tail.new(), tail.new(), tail.new()] == [[], [], ["one"]]


def test_an_empty_line_is_a_line(served: Answering, api: Api) -> None:
    served.answers[LOG] = Container(stamped(1, ""), stamped(2, "x"))
    assert PodTail(api, ENGINE, "engine").new() == ["", "x"]


def test_pods_are_found_by_the_beginning_of_their_names() -> None:
    pods = [pod("engine-1", "engine"), pod("developer-1", "agent")]
    assert matching(pods, None) == pods
    assert matching(pods, "dev") == pods[1:]
    assert matching(pods, "eer") == []


def shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str | None) -> int:
    """Print logs of the small server's pods."""

    class Standing:
        kubeconfig = tmp_path / "kubeconfig"

    monkeypatch.setattr(pod_logs, "cluster", lambda *_: Standing)
    return logs(State(tmp_path), ClusterKind.NODE, PortPlan(), name, follow=False)


def test_lines_of_several_containers_are_labelled_and_those_of_one_are_not(
    served: Answering, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    served.answers["/api/v1/pods"]["items"].append(pod("database-1", "postgres"))
    served.answers[LOG] = stamped(1, "served")
    served.answers[LOG.replace("engine-1", "database-1")] = stamped(1, "stored")
    assert shown(tmp_path, monkeypatch, "engine") == 0
    assert capsys.readouterr().out == "served\n"
    shown(tmp_path, monkeypatch, None)
    assert capsys.readouterr().out == "engine-1/engine | served\ndatabase-1/postgres | stored\n"


def test_a_server_of_the_node_is_found_where_no_pod_has_such_a_name(
    served: Answering, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(LocalError, match="There is no pod whose name begins with kubelet"):
        shown(tmp_path, monkeypatch, "kubelet")
    (tmp_path / "node/logs").mkdir(parents=True)
    (tmp_path / "node/logs/kubelet.log").write_text("node ready\n")
    shown(tmp_path, monkeypatch, "kubelet")
    assert capsys.readouterr().out == "node ready\n"
