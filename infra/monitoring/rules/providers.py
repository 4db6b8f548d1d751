"""Providers of language models, as agents see them (app/agent/metrics.py; outcomes: app/llm/ports.py)."""

from infra.monitoring.pace import MINUTE
from infra.monitoring.rules.agents import AGENTS
from infra.monitoring.rules.alert import Alert, Scope, Severity


def alerts(scope: Scope) -> tuple[Alert, ...]:
    """Of theme ``providers``. A rejected call is the request's fault, not the provider's."""
    pace = scope.pace
    five = pace.window(5 * MINUTE)
    return (
        Alert(
            name="ModelProviderFailing",
            severity=Severity.WARNING,
            expr=f"""
                sum by (namespace, provider) (rate(llm_requests_total{{{AGENTS},outcome!~"ok|rejected"}}[{five}]))
                / sum by (namespace, provider) (rate(llm_requests_total{{{AGENTS}}}[{five}]))
                > 0.5
            """,
            hold=pace.hold(5 * MINUTE),
            summary="A model provider fails",
            description="{{ $value | humanizePercentage }} of the calls to {{ $labels.provider }} fail",
            explained_by=("NoModelProviderAnswers",),
        ),
        Alert(
            name="NoModelProviderAnswers",
            severity=Severity.CRITICAL,
            expr=f"""
                sum by (namespace) (rate(llm_requests_total{{{AGENTS}}}[{five}])) > 0
                unless on (namespace)
                sum by (namespace) (rate(llm_requests_total{{{AGENTS},outcome="ok"}}[{five}])) > 0
            """,
            hold=pace.hold(2 * MINUTE),
            summary="No model provider answers",
            description='Agents make {{ $value | printf "%.2f" }} calls a second to providers, and none is answered',
        ),
        Alert(
            name="ModelProviderMisconfigured",
            severity=Severity.WARNING,
            expr=f"""
                sum by (namespace, provider)
                (rate(llm_requests_total{{{AGENTS},outcome="misconfigured"}}[{five}])) > 0
            """,
            hold=pace.hold(2 * MINUTE),
            summary="A model provider refuses our key or model",
            description="{{ $labels.provider }} refuses the key, the model or the account: waiting does not mend it",
        ),
    )
