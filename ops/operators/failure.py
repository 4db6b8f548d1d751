"""What keeps an operator from running, in one sentence."""


class OperatorError(RuntimeError):
    """An operator cannot be rendered, installed or removed; the message is one sentence with the remedy."""
