"""What tests of images may ask for: a cache of their own, or the platform's image where its packages are cached."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.image import base, platform
from ops.image.image import Image

REASON = "Debian's packages are not in the cache: `python -m ops.image build all` puts them there"


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache."""
    monkeypatch.setenv("MCP_PLATFORM_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def not_installed(*_: object) -> Path:
    """Stands in for the installation of Debian packages, which takes a minute."""
    pytest.skip(REASON)


@pytest.fixture(scope="session")
def platform_image() -> Iterator[Image]:
    """The platform's image of this tree; its Debian packages come from the cache only."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(base, "install", not_installed)
        yield platform.platform_image(lambda _: None)


@pytest.fixture(scope="session")
def platform_tree(platform_image: Image) -> base.Tree:
    """What the platform's image holds."""
    return base.merged(platform_image.layers)
