"""The last words of `make up`: where everything is, and how to stop it."""

from dataclasses import dataclass
from pathlib import Path

from ops.local.clusters.kinds import ClusterKind
from ops.local.platform import CONNECTION
from ops.local.state import State


@dataclass(frozen=True)
class Farewell:
    """What people want to know of a platform that is up; ``pulumi`` is the CLI that was used."""

    state: State
    cluster: ClusterKind
    http_url: str
    ws_url: str
    token: str
    pulumi: Path
    kubeconfig: Path | None = None

    def text(self, engine: str, elapsed: float) -> str:
        """A dozen lines; ``elapsed`` in seconds."""
        stack = self.state.stack_on(self.cluster)
        pulumi = f"cd {stack / 'project'} && PULUMI_BACKEND_URL=file://{stack / 'backend'} PULUMI_HOME={stack / 'home'}"
        passphrase = f"PULUMI_CONFIG_PASSPHRASE_FILE={stack / 'passphrase'}"
        kubectl = f"\nkubectl      export KUBECONFIG={self.kubeconfig}" if self.kubeconfig else ""
        return f"""
API          {self.http_url}/api/v1
events       {self.ws_url}/ws/v1/workflows/<id>/events
token        {self.token}
token file   {self.state.token}   (mcp-ops finds it in {CONNECTION})
try          .venv/bin/mcp-ops status; .venv/bin/mcp-ops workflow submit software-delivery -i brief="…" --watch
outputs      make outputs
or by hand   {pulumi} \\
             {passphrase} {self.pulumi} stack output --json --stack local{kubectl}
logs         make logs NAME={engine} ARGS=-f
stop         make down

all of it took {elapsed:.1f} s"""
