"""The cache's password is replaced pod by pod, as :mod:`infra.rotation` says: what is shown is always accepted."""

from urllib.parse import quote

import pytest

from app.engine.api.ratelimit import connect
from infra.cache import secret, sentinel, valkey
from tests.cache.cluster import PASSWORD, Cluster, Pod

pytestmark = [pytest.mark.servers, pytest.mark.anyio]
NEXT, AFTER = "the-next-one", "the-one-after"


def hold(pod: Pod, shown: str, *others: str) -> None:
    """Put the files of a generation where the pod reads them at its start."""
    files = {
        secret.PASSWORD: shown,
        secret.SERVER: valkey.credentials(shown, *others),
        secret.SENTINEL: sentinel.settings(shown, *others),
    }
    for name, text in files.items():
        (pod.home / "secret" / name).write_text(text)


async def test_old_and_new_password_are_accepted_until_every_pod_is_replaced(cluster: Cluster) -> None:
    for pod in cluster.pods:
        pod.kill()
        hold(pod, PASSWORD, NEXT, "the-one-before")
    cluster.start()
    cluster.master()
    urls = [f"redis://:{quote(PASSWORD, safe='')}@127.0.0.1:{cluster.port}/0"]
    engine = connect(lambda: urls[-1])
    late_engine = connect(urls[0])
    try:
        assert await engine.set("probe", "1")
        urls.append(f"redis://:{NEXT}@127.0.0.1:{cluster.port}/0")  # its file is the first to change
        await engine.connection_pool.disconnect()
        assert await engine.set("probe", "2"), "a pod of before does not know the next password"
        for pod in cluster.pods:
            pod.kill()
            hold(pod, NEXT, AFTER, PASSWORD)
            pod.start()
            cluster.master()  # servers and Sentinels of both generations find and follow one another
            for each in (engine, late_engine):
                await each.connection_pool.disconnect()
                assert await each.set("probe", "3")
    finally:
        await engine.aclose()
        await late_engine.aclose()
