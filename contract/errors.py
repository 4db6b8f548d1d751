"""The one error of contract parsing: says which file is wrong, where, and why."""

from pydantic import ValidationError


class ContractError(ValueError):
    """A role, workflow or settings document that cannot be accepted."""

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(f"{source}: {reason}")
        self.source = source
        self.reason = reason


def describe(error: ValueError) -> str:
    """One sentence per fault, with the path of the offending key."""
    if not isinstance(error, ValidationError):
        return str(error)
    faults: list[str] = []
    for fault in error.errors(include_url=False, include_context=False):
        where = ".".join(str(part) for part in fault["loc"]) or "the document"
        faults.append(f"{where}: {fault['msg'].removeprefix('Value error, ')}")
    return "; ".join(faults)
