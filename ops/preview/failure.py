"""Why no preview was made, in one sentence, and the exit code that goes with it."""

from typing import Final

REFUSED: Final = 1
"""Exit code where the engine, the API server or a policy refuses the stack, or a tool is missing."""
MISUSED: Final = 2
"""Exit code where there is no such stack, or its settings file cannot be read."""


class PreviewError(RuntimeError):
    """The message is for the person at the terminal; ``code`` is the command's exit code."""

    def __init__(self, message: str, code: int = REFUSED) -> None:
        super().__init__(message)
        self.code = code
