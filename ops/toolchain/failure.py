"""What goes wrong while tools are being got, in one sentence each."""


class ToolchainError(RuntimeError):
    """A tool can neither be found, fetched nor built; the message is one sentence with the remedy."""
