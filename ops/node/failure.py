"""What keeps a node from running, in one sentence."""


class NodeError(RuntimeError):
    """The node cannot be started, asked or stopped; the message is one sentence with the remedy."""
