"""Reading a process's environment: variables, and files that variables point to.

Every fault is an :class:`BadEnvironmentError`: one sentence that names the variable, the reason and the remedy,
and never a secret's value. ``python -m app`` prints it and exits with code 2.
"""

import ipaddress
from collections.abc import Mapping
from pathlib import Path
from typing import Final

ANY_ADDRESS: Final = "0.0.0.0"  # noqa: S104 - a pod listens on its own address; policies guard it


class BadEnvironmentError(ValueError):
    """A variable, or the file it points to, that the process cannot start with."""

    def __init__(self, variable: str, reason: str, remedy: str) -> None:
        super().__init__(f"{variable} {reason}; {remedy}.")
        self.variable = variable


class Environment:
    """Typed access to variables by the names of :mod:`contract.environment`."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables

    def text(self, name: str, default: str | None = None) -> str:
        """The variable's value without surrounding blanks; empty counts as missing."""
        value = self._variables.get(name, "").strip()
        if value:
            return value
        if default is None:
            raise BadEnvironmentError(name, "is not set", "set it in the environment, as the pod template does")
        return default

    def number(self, name: str, default: float, *, low: float, high: float) -> float:
        """A number between ``low`` and ``high``, both included."""
        text = self.text(name, str(default))
        try:
            value = float(text)
        except ValueError:
            raise BadEnvironmentError(
                name, f"is {text!r}, which is not a number", f"give one from {low:g} to {high:g}"
            ) from None
        if not low <= value <= high:
            raise BadEnvironmentError(name, f"is {text}, out of range", f"give a number from {low:g} to {high:g}")
        return value

    def whole(self, name: str, default: int, *, low: int, high: int) -> int:
        """A whole number between ``low`` and ``high``, both included."""
        value = self.number(name, default, low=low, high=high)
        if not value.is_integer():
            raise BadEnvironmentError(
                name, f"is {value:g}, which is not whole", f"give a whole number from {low} to {high}"
            )
        return int(value)

    def switch(self, name: str, default: bool) -> bool:
        """``true`` or ``false``, in any case."""
        text = self.text(name, str(default)).lower()
        if text not in ("true", "false"):
            raise BadEnvironmentError(name, f"is {text!r}", "write true or false")
        return text == "true"

    def address(self, name: str, default: str) -> str:
        """An IP address to listen on."""
        text = self.text(name, default)
        try:
            ipaddress.ip_address(text)
        except ValueError:
            raise BadEnvironmentError(name, f"is {text!r}, not an IP address", f"give one, as {default}") from None
        return text

    def choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        """One of ``allowed``, compared in upper case."""
        text = self.text(name, default).upper()
        if text not in allowed:
            raise BadEnvironmentError(name, f"is {text!r}", f"choose one of {', '.join(allowed)}")
        return text

    def listed(self, name: str) -> tuple[str, ...]:
        """Comma-separated values without blanks; missing gives none."""
        return tuple(part.strip() for part in self.text(name, ",").split(",") if part.strip())

    def file(self, name: str) -> str:
        """Text of the file that variable ``name`` points to, without surrounding blanks. Must not be empty."""
        path = Path(self.text(name))
        try:
            content = path.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            raise BadEnvironmentError(name, f"points to {path}, which does not exist", "mount the file there") from None
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise BadEnvironmentError(
                name, f"points to {path}, which cannot be read: {reason}", "make it readable"
            ) from None
        if not content:
            raise BadEnvironmentError(name, f"points to {path}, which is empty", "write the value into the file")
        return content

    def directory(self, name: str) -> Path:
        """The directory that variable ``name`` points to; it must exist."""
        path = Path(self.text(name))
        if not path.is_dir():
            raise BadEnvironmentError(name, f"points to {path}, which is not a directory", "mount the directory there")
        return path
