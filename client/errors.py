"""What can go wrong for a caller of the API."""

from contract.api import Problem


class ClientError(Exception):
    """Root of the client's errors."""


class RefusedError(ClientError):
    """The engine answered with a problem document; ``problem.code`` is what to branch on."""

    def __init__(self, problem: Problem) -> None:
        faults = "".join(f"\n  {fault.get('at', '')}: {fault.get('reason', '')}" for fault in problem.errors)
        super().__init__(f"{problem.detail} ({problem.code}, request {problem.request_id}){faults}")
        self.problem = problem


class UnreachableError(ClientError):
    """No engine answered at the address, or none within the deadline."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"the engine at {url} does not answer: {reason}")
        self.url = url
