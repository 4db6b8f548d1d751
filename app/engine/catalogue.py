"""Roles and workflow templates as the mounted directories hold them now.

A ConfigMap's files change under a running process (through the ``..data`` link), so each look compares the files'
stat with the last one and reads again only what changed. A file that cannot be accepted is an error at start; later
the last good version stays in use and the fault is logged once.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from app.environment import BadEnvironmentError
from contract import environment as names
from contract.errors import ContractError
from contract.role import Role, digest, parse_role
from contract.workflow import WorkflowTemplate, parse_workflow

LOGGER = logging.getLogger(__name__)
Document = TypeVar("Document")
Signature = tuple[int, int, int]


@dataclass(frozen=True)
class PinnedRole:
    """A role and the digest of the very text it was parsed from."""

    role: Role
    digest: str


class Folder(Generic[Document]):
    """Every ``*.yaml`` of one directory, parsed, by the name that the document gives itself."""

    def __init__(self, path: Path, parse: Callable[[str, str], tuple[str, Document]]) -> None:
        self._path = path
        self._parse = parse
        self._files: dict[str, tuple[Signature, str, Document]] = {}
        self._faulty: dict[str, Signature] = {}

    def read(self) -> Mapping[str, Document]:
        """What is there now, by name. Raises only ``OSError``."""
        present: set[str] = set()
        for file in sorted(self._path.glob("*.yaml")):
            present.add(file.name)
            self._look(file)
        for gone in set(self._files) - present:
            del self._files[gone]
        return {name: document for _, name, document in self._files.values()}

    def faults(self) -> list[str]:
        """Names of the files whose newest version was refused."""
        return sorted(self._faulty)

    def _look(self, file: Path) -> None:
        try:
            stat = file.stat()
            signature = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
            known = self._files.get(file.name)
            if (known is not None and known[0] == signature) or self._faulty.get(file.name) == signature:
                return
            name, document = self._parse(file.read_text(encoding="utf-8"), str(file))
        except FileNotFoundError:
            return  # replaced between listing and reading; the next look finds it
        except (ContractError, UnicodeDecodeError) as error:
            self._faulty[file.name] = signature  # pyright: ignore[reportPossiblyUnboundVariable]
            LOGGER.error("refused %s: %s", file, error)
            return
        self._faulty.pop(file.name, None)
        self._files[file.name] = (signature, name, document)


class Catalogue:
    """What the engine may run: roles and templates by name."""

    def __init__(self, roles_dir: Path, workflows_dir: Path) -> None:
        """Raises :class:`BadEnvironmentError` where a file is refused or no role is there."""
        self._roles = Folder(roles_dir, _role)
        self._templates = Folder(workflows_dir, _template)
        self.roles()
        self.templates()
        for name, folder in ((names.ROLES_DIR, self._roles), (names.WORKFLOWS_DIR, self._templates)):
            if refused := folder.faults():
                reason = f"holds files that were refused: {', '.join(refused)}"
                raise BadEnvironmentError(name, reason, "mend them; the log says what is wrong in each")
        if not self.roles():
            raise BadEnvironmentError(names.ROLES_DIR, "holds no role", "mount at least one *.yaml there")

    def roles(self) -> Mapping[str, PinnedRole]:
        """Roles by id."""
        return self._roles.read()

    def templates(self) -> Mapping[str, WorkflowTemplate]:
        """Workflow templates by name."""
        return self._templates.read()


def _role(text: str, source: str) -> tuple[str, PinnedRole]:
    role = parse_role(text, source)
    return role.id, PinnedRole(role, digest(text))


def _template(text: str, source: str) -> tuple[str, WorkflowTemplate]:
    template = parse_workflow(text, source)
    return template.name, template
