"""Without internet the attempt ends within seconds, once per run."""

import time

import pytest

from ops.toolchain import internet
from ops.toolchain.internet import Internet, OfflineError


def test_a_host_out_of_reach_fails_fast_and_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []

    def unreachable(host: str, port: int) -> bool:
        tried.append(host)
        return False

    monkeypatch.setattr(internet, "reaches", unreachable)
    web = Internet()
    for url in ("https://first.invalid/a", "https://second.invalid/b", "https://first.invalid/c"):
        with pytest.raises(OfflineError):
            web.text(url)
    assert tried == ["first.invalid"]


def test_a_name_that_never_resolves_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    began = time.monotonic()
    assert not internet.reaches("does-not-exist.invalid", 443)
    assert time.monotonic() - began < internet.CONNECT_SECONDS + 1
