"""The version that ECK wants to be told, from the image that runs."""

import re
from typing import Final

VERSION: Final = re.compile(r":([0-9]+\.[0-9]+\.[0-9]+)(?:@|$)")


def version(image: str) -> str:
    """``…/elasticsearch:9.5.3@sha256:…`` -> ``9.5.3``. Raises ValueError where the tag is no version."""
    found = VERSION.search(image)
    if found is None:
        raise ValueError(f"{image!r} has no tag that is a version such as 9.5.3")
    return found[1]
