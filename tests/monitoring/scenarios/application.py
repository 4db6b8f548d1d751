"""The application: workflows, agents, model providers, and the way in. Counters are given a second."""

from tests.monitoring.rulebook import ROLES
from tests.monitoring.scenarios.labels import AGENT, AGENTS_NS, APP, ENGINE_NS, FIVE, TEN, counter
from tests.monitoring.timeline import GONE, Scenario, Series


def up(engine: float | None = 1, role: str = "", quiet: float | None = 1, loud: float | None = 1) -> tuple[Series, ...]:
    """Engine and one agent of each role; ``role``'s is as said."""
    agents = (
        Series(
            f'up{{job="mcp-agents",namespace="mcp-agents",pod="{each}",instance="{each}:3001",agent_role="{each}"}}',
            *((quiet, loud) if each == role else (1, 1)),
        )
        for each in ROLES
    )
    return (Series(f'up{{{APP},instance="e-1:8000"}}', 1, engine), *agents)


WORKFLOWS = (
    Scenario(
        "HighWorkflowFailureRate",
        (
            counter(f'workflow_executions_total{{{APP},status="completed"}}', 0.091, 0.089),
            counter(f'workflow_executions_total{{{APP},status="failed"}}', 0.009, 0.011),
            # A replica that does not report, with its zeros: it must not change the ratio.
            counter(
                'workflow_executions_total{job="orchestration-engine",namespace="mcp-orchestration",pod="e-2",status="failed"}',
                0,
                0,
            ),
        ),
        "Workflow failure rate is 11% over the last 5m",
        ENGINE_NS,
        window=FIVE,
    ),
    Scenario(
        "WorkflowSlotsExhausted",
        (Series(f"workflow_executions_active{{{APP}}}", 99, 100),),
        "100 workflows run, which is MAX_CONCURRENT_WORKFLOWS: new ones wait",
        ENGINE_NS,
    ),
    Scenario(
        "WorkflowQueueStalled",
        (
            Series(f'steps_ready{{{APP},agent_role="developer"}}', 3, 3),
            counter(f'agent_response_duration_seconds_count{{{APP},agent_role="developer"}}', 0.01, 0),
            counter(f'agent_response_duration_seconds_count{{{APP},agent_role="qa_tester"}}', 1, 1),
        ),
        "3 steps wait for developer, and no turn of that role ends",
        ENGINE_NS | {"agent_role": "developer"},
        severity="critical",
        window=TEN,
    ),
)

AGENTS = (
    Scenario(
        "AgentResponseTimeTooHigh",
        tuple(
            counter(f'agent_response_duration_seconds_bucket{{{APP},agent_role="developer",le="{le}"}}', quiet, loud)
            for le, quiet, loud in (("90", 0, 0), ("120", 0.95, 0.94), ("150", 1, 1), ("+Inf", 1, 1))
        ),
        "95th percentile agent response time of developer is 125s",
        ENGINE_NS | {"agent_role": "developer"},
        window=FIVE,
    ),
    Scenario(
        "MCPServiceDown",
        up(role="qa_tester", loud=0),
        "Service mcp-agents qa_tester on qa_tester:3001 is down",
        {
            "job": "mcp-agents",
            "namespace": "mcp-agents",
            "pod": "qa_tester",
            "instance": "qa_tester:3001",
            "agent_role": "qa_tester",
        },
        severity="critical",
    ),
    Scenario(
        "MCPServiceDown",
        up(engine=GONE),
        "Service orchestration-engine has no pod at all",
        {"job": "orchestration-engine"},
        severity="critical",
    ),
    Scenario(
        "MCPServiceDown",
        up(role="developer", loud=GONE),
        "Service mcp-agents developer has no pod at all",
        {"job": "mcp-agents", "agent_role": "developer"},
        severity="critical",
    ),
    Scenario(
        "RoleFileRejected",
        (
            Series(f"agent_role_valid{{{AGENT}}}", 1, 0),
            Series(f"agent_role_valid{{{AGENT.replace('d-1', 'd-2')}}}", 1, 1),
        ),
        "An agent of developer goes on under an older role: the new file is not valid",
        AGENTS_NS | {"agent_role": "developer"},
    ),
)

PROVIDERS = (
    Scenario(
        "ModelProviderFailing",
        (
            counter(f'llm_requests_total{{{AGENT},provider="openai",outcome="ok"}}', 0.51, 0.49),
            counter(f'llm_requests_total{{{AGENT},provider="openai",outcome="timeout"}}', 0.49, 0.51),
            counter(f'llm_requests_total{{{AGENT},provider="anthropic",outcome="rejected"}}', 1, 1),
        ),
        "51% of the calls to openai fail",
        AGENTS_NS | {"provider": "openai"},
        window=FIVE,
    ),
    Scenario(
        "NoModelProviderAnswers",
        (
            counter(f'llm_requests_total{{{AGENT},provider="openai",outcome="unavailable"}}', 1, 1),
            counter(f'llm_requests_total{{{AGENT},provider="anthropic",outcome="ok"}}', 0.01, 0),
        ),
        "Agents make 1.00 calls a second to providers, and none is answered",
        AGENTS_NS,
        severity="critical",
        window=FIVE,
    ),
    Scenario(
        "ModelProviderMisconfigured",
        (
            counter(f'llm_requests_total{{{AGENT},provider="openai",outcome="misconfigured"}}', 0, 0.1),
            counter(f'llm_requests_total{{{AGENT},provider="openai",outcome="timeout"}}', 1, 1),
        ),
        "openai refuses the key, the model or the account: waiting does not mend it",
        AGENTS_NS | {"provider": "openai"},
        window=FIVE,
    ),
)

ENTRANCE = (
    Scenario(
        "ApiErrorRateHigh",
        (
            counter(f'http_requests_total{{{APP},method="GET",status="200"}}', 0.951, 0.949),
            counter(f'http_requests_total{{{APP},method="POST",status="503"}}', 0.049, 0.051),
        ),
        "5.1% of the API's answers are 5xx",
        ENGINE_NS,
        window=FIVE,
    ),
    Scenario(
        "IngressDown",
        (
            Series('up{job="nginx-ingress",namespace="ingress-nginx",pod="n-1"}', 1, 0),
            Series('up{job="nginx-ingress",namespace="ingress-nginx",pod="n-2"}', 0, 0),
        ),
        "No NGINX answers Prometheus: from outside nothing of this region is reached",
        {},
        severity="critical",
    ),
    Scenario(
        "IngressConfigurationRejected",
        (
            Series(
                'nginx_ingress_controller_nginx_last_reload_status{job="nginx-ingress",namespace="ingress-nginx",pod="n-1"}',
                1,
                0,
            ),
        ),
        "n-1 goes on with an older configuration: changes of routes do not arrive",
        {"namespace": "ingress-nginx", "pod": "n-1"},
    ),
)
