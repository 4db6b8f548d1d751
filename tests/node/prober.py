"""Asks one URL again and again, each time over a new connection and never twice, until standard input ends.

Run inside the node, so that it goes through the Service as pods do; as whose token `PROBER_TOKEN` holds, where it is
set. Prints one JSON line: requests and failures.
"""

import http.client
import json
import os
import sys
import threading
import time
import urllib.parse

PAUSE = 0.03
"""Seconds; below the fifty requests a second that an API key may make."""


def main(url: str) -> None:
    """Ask until told to end."""
    over = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
    where = urllib.parse.urlsplit(url)
    token = os.environ.get("PROBER_TOKEN")
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    requests, failures = 0, []
    print("asking", flush=True)
    while not over.is_set():
        begun = time.time()
        connection = http.client.HTTPConnection(where.netloc, timeout=10)
        try:
            connection.request("GET", where.path, headers=headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                failures.append((begun, f"status {answer.status}"))
        except OSError as error:
            failures.append((begun, repr(error)))
        finally:
            connection.close()
        requests += 1
        time.sleep(PAUSE)
    print(json.dumps({"requests": requests, "failures": failures}))


if __name__ == "__main__":
    main(sys.argv[1])
