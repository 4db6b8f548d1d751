"""A lock on ``destroy``: it holds nothing, depends on everything, and so is the first thing that would be deleted.

Pulumi refuses a protected resource only when its turn comes, and by then what depends on it is gone. With this lock the
refusal comes before anything else, also where a preview is skipped, as the Automation API does.
"""

from dataclasses import dataclass

from pulumi import ComponentResource, Resource, ResourceOptions

from infra.sections.section import Switch


@dataclass(frozen=True)
class ProtectionArgs:
    """Whether the stack is protected."""

    switch: Switch


class Protection(ComponentResource):
    """Refuses to be deleted while protection is on. Does not hinder updates and replacements."""

    def __init__(self, name: str, args: ProtectionArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("mcp:platform:Protection", name, None, opts)
        self.register_outputs({"protection": args.switch.value})


def locked(switch: Switch, *everything: Resource) -> ResourceOptions:
    """Options of the lock: protected as its setting says, after ``everything``."""
    return ResourceOptions(protect=switch.is_on, depends_on=list(everything))
