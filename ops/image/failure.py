"""What goes wrong while an image is being built, in one sentence each."""


class ImageError(RuntimeError):
    """An image cannot be built; the message is one sentence with the remedy."""
