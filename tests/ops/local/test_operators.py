"""Which operators are installed, in which order, with which tools, and which are taken away again."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ops.local import operators
from ops.local.clusters.cluster import Needs
from ops.local.failure import LocalError
from ops.local.operators import INDISPENSABLE, RELEASES, chosen, later_releases, left_out, workshop
from ops.operators import prometheus
from ops.operators.install import Release
from ops.operators.workshop import Workshop
from ops.toolchain.operators import OPERATOR_TOOLS, OperatorName
from ops.toolchain.tool import Tool, ToolName

NODE = Needs(tuple(OperatorName), builds=True, storage_class="local-path")
KIND = Needs(tuple(set(OperatorName) - {OperatorName.COREDNS, OperatorName.STORAGE}), builds=False, storage_class="x")
CONTEXT = Needs((), builds=False, storage_class="fast")
LEAST = ", ".join(INDISPENSABLE)


@pytest.fixture
def shop() -> Workshop:
    """A workshop that makes nothing."""
    return Workshop({}, Path("/kubectl"), Path("/helm"), "shell", lambda _: None)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, bool]]:
    """Empty releases; each is noted with whether its images were to be built."""
    noted: list[tuple[str, bool]] = []

    def maker(name: str) -> Callable[[Workshop], Release]:
        def make(given: Workshop) -> Release:
            noted.append((name, given.programs is not None))
            return Release(name, "1", ())

        return make

    monkeypatch.setattr(operators, "RELEASES", {name: maker(name) for name in RELEASES})
    monkeypatch.setattr(prometheus, "server", maker(prometheus.SERVER))
    return noted


def test_every_operator_can_be_installed() -> None:
    assert set(RELEASES) == set(OperatorName) == set(OPERATOR_TOOLS)


@pytest.mark.parametrize("needs", [NODE, KIND, CONTEXT], ids=["node", "kind", "context"])
@pytest.mark.parametrize("environment", [{}, {"OPERATORS": ""}])
def test_where_nobody_chooses_a_cluster_gets_what_it_needs(needs: Needs, environment: dict[str, str]) -> None:
    assert chosen(needs, environment) == needs.operators


def test_what_is_chosen_comes_in_the_order_in_which_it_is_waited_for() -> None:
    found = chosen(NODE, {"OPERATORS": "keda,storage cloudnative-pg\n coredns , cert-manager"})
    assert found == (
        OperatorName.COREDNS,
        OperatorName.STORAGE,
        OperatorName.CERT_MANAGER,
        OperatorName.CLOUDNATIVE_PG,
        OperatorName.KEDA,
    )


@pytest.mark.parametrize("text", [f"{LEAST} velero", f"KEDA {LEAST}"])
def test_an_unknown_operator_is_refused_with_those_that_there_are(text: str) -> None:
    with pytest.raises(LocalError, match=r"^OPERATORS names (velero|KEDA): choose among cloudnative-pg, coredns, "):
        chosen(NODE, {"OPERATORS": text})


@pytest.mark.parametrize("name", INDISPENSABLE)
def test_one_without_which_nothing_runs_cannot_be_left_out(name: OperatorName) -> None:
    others = " ".join(each for each in OperatorName if each is not name)
    with pytest.raises(LocalError, match=rf"^OPERATORS leaves out {name}: nothing runs here without\.$"):
        chosen(NODE, {"OPERATORS": others})


def test_what_a_cluster_brings_need_not_be_chosen() -> None:
    assert chosen(KIND, {"OPERATORS": "cloudnative-pg"}) == (OperatorName.CLOUDNATIVE_PG,)


def test_what_a_cluster_brings_is_not_overwritten() -> None:
    with pytest.raises(LocalError, match=r"^OPERATORS names coredns, which this kind of cluster brings itself"):
        chosen(KIND, {"OPERATORS": "cloudnative-pg coredns"})


def test_volumes_names_and_certificates_are_there_before_what_needs_them() -> None:
    order = list(RELEASES)
    assert order.index(OperatorName.COREDNS) == 0
    assert order.index(OperatorName.STORAGE) < order.index(OperatorName.CLOUDNATIVE_PG)
    assert order.index(OperatorName.CERT_MANAGER) < order.index(OperatorName.CLOUDNATIVE_PG)


def test_the_prometheus_server_comes_after_the_stack_and_only_with_its_operator(
    shop: Workshop, made: list[tuple[str, bool]]
) -> None:
    both = (OperatorName.COREDNS, OperatorName.PROMETHEUS)
    assert [each.name for each in operators.releases(both, shop)] == list(both)
    assert [each.name for each in later_releases(both, shop)] == [prometheus.SERVER]
    assert later_releases((OperatorName.COREDNS,), shop) == []


def test_what_is_not_wanted_any_more_is_taken_away_what_depends_on_it_first(
    shop: Workshop, made: list[tuple[str, bool]]
) -> None:
    installed = [*RELEASES, prometheus.SERVER, "somebody-elses"]
    found = left_out((OperatorName.COREDNS, OperatorName.STORAGE, OperatorName.CLOUDNATIVE_PG), installed, shop)
    assert [each.name for each in found] == [
        prometheus.SERVER,
        OperatorName.KEDA,
        OperatorName.PROMETHEUS,
        OperatorName.METRICS_SERVER,
        OperatorName.CERT_MANAGER,
    ]


def test_for_what_is_taken_away_no_image_is_built(shop: Workshop, made: list[tuple[str, bool]]) -> None:
    left_out((), [OperatorName.KEDA], shop)
    assert made == [("keda", False)]
    assert shop.built == []


def test_what_is_wanted_or_was_never_installed_is_not_taken_away(shop: Workshop, made: list[tuple[str, bool]]) -> None:
    everything = tuple(RELEASES)
    assert left_out(everything, [*everything, prometheus.SERVER], shop) == []
    assert left_out((), [], shop) == []


@pytest.mark.parametrize("builds", [True, False])
def test_programs_are_built_of_what_is_installed_and_only_where_images_are(
    builds: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    had: list[ToolName] = []

    def ensure_group(tools: list[Tool], _report: object) -> dict[ToolName, Path]:
        had.extend(tool.name for tool in tools)
        return {tool.name: Path("/", tool.name) for tool in tools}

    monkeypatch.setattr(operators, "ensure_group", ensure_group)
    keda = [tool.name for tool in OPERATOR_TOOLS[OperatorName.KEDA]]
    found = workshop((OperatorName.KEDA,), Needs((), builds, "x"), "shell", lambda _: None)
    assert had == [*(keda if builds else []), ToolName.KUBECTL, ToolName.HELM]
    assert found.programs == ({name: Path("/", name) for name in keda} if builds else None)
    assert (found.kubectl, found.helm, found.shell) == (Path("/kubectl"), Path("/helm"), "shell")
