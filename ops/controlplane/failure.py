"""What goes wrong with the control plane, in one sentence each."""


class ControlPlaneError(RuntimeError):
    """The control plane cannot be started or reached; the message is one sentence with the remedy."""
