"""Roles and workflow templates as files: one more role file gives one more agent."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from contract.role import Role, RoleId, parse_role
from contract.workflow import parse_workflow

REPOSITORY: Final = Path(__file__).resolve().parent.parent


class CatalogueError(ValueError):
    """A directory of roles or templates that cannot be used."""


@dataclass(frozen=True)
class RoleFile:
    """One role, parsed for the infrastructure and verbatim for the pods."""

    role: Role
    text: str

    @property
    def key(self) -> str:
        """Key in ConfigMap ``agent-role-configs``, as the specification has it: ``business_analyst.yaml``."""
        return f"{self.role.id}.yaml"


@dataclass(frozen=True)
class Catalogue:
    """Every role and every workflow template of a stack."""

    roles: tuple[RoleFile, ...]
    workflows: dict[str, str]
    """File name -> text."""

    def role_texts(self) -> dict[str, str]:
        """Data of ``agent-role-configs``."""
        return {file.key: file.text for file in self.roles}


def read_catalogue(directory: str) -> Catalogue:
    """Read ``directory`` (relative to the repository, or absolute) and its sub-directory ``workflows``.

    Raises :class:`CatalogueError` or :class:`contract.errors.ContractError`, which name the file at fault.
    """
    root = REPOSITORY / directory
    if not root.is_dir():
        raise CatalogueError(f"rolesDirectory = {directory}: {root} is not a directory")
    files = tuple(_role(path) for path in sorted(root.glob("*.yaml")))
    if not files:
        raise CatalogueError(f"rolesDirectory = {directory}: {root} holds no role file (*.yaml)")
    known = {file.role.id for file in files}
    workflows = {path.name: _workflow(path, known) for path in sorted((root / "workflows").glob("*.yaml"))}
    return Catalogue(roles=files, workflows=workflows)


def _role(path: Path) -> RoleFile:
    text = path.read_text(encoding="utf-8")
    role = parse_role(text, str(path))
    if path.stem != role.id:
        raise CatalogueError(f"{path}: holds role {role.id}; rename the file to {role.id}.yaml")
    return RoleFile(role=role, text=text)


def _workflow(path: Path, known: set[RoleId]) -> str:
    text = path.read_text(encoding="utf-8")
    for step in parse_workflow(text, str(path)).steps:
        if step.role not in known:
            raise CatalogueError(f"{path}: step {step.id} needs role {step.role}: add its file")
    return text
