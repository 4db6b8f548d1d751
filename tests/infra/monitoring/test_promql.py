"""The names that other tests look for are found."""

from tests.infra.monitoring.promql import names


def test_metrics_matched_and_grouped_labels_are_told_apart() -> None:
    found = names(
        'sum by (a, b) (rate(one_total{x="1",y!~"sum|two"}[5m])) / on (a) group_left (c) (max(two) offset 5m) > bool 9'
    )
    assert found.metrics == {"one_total", "two"}
    assert found.matched == {("one_total", "x"), ("one_total", "y")}
    assert found.grouped == {"a", "b", "c"}


def test_a_function_and_an_aggregation_with_its_labels_behind_are_no_metrics() -> None:
    assert names("sum(up) by (job) or vector(0)").metrics == {"up"}
    assert names("time() - max(x > 0)").metrics == {"x"}
