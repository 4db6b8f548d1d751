"""The index template of the log stream.

Fields are those of ``app/logging.py``, of the records' ``extra`` and of Fluentd. A field that is not named here is kept
and shown but not searched: no line is refused for it, and nobody can blow up the mapping. A value that does not fit its
field is kept the same way.
"""

import hashlib
import json
from typing import Any, Final

from contract.names import LOG_STREAM

KEYWORDS: Final = (
    # Of every line of the application
    "level",
    "logger",
    "service",
    "replica",
    "request_id",
    "trace_id",
    # Of single ones
    "digest",
    "keys",
    "method",
    "path",
    "provider",
    "reason",
    "result",
    "role",
    "step",
    "tenant",
    "url",
    "variable",
    "workflow",
    # Of Fluentd
    "@log_name",
    "container",
    "environment",
    "hostname",
    "namespace",
    "pod",
    "region",
    "stream",
)
TEXTS: Final = ("message", "exception")
NUMBERS: Final = {"status": "short", "seconds": "float", "turn": "integer", "http": "integer", "websocket": "integer"}
LONGEST_KEYWORD: Final = 1024
PRIORITY: Final = 500
"""Above Elasticsearch's own templates, which have 100."""


def index_template(nodes: int) -> dict[str, Any]:
    """Body of ``PUT _index_template``; a second copy of everything where there is a second node."""
    template = {"settings": _settings(nodes), "mappings": _mappings()}
    digest = hashlib.sha256(json.dumps(template, sort_keys=True).encode()).hexdigest()[:16]
    template["mappings"]["_meta"] = {"digest": digest}
    return {"index_patterns": [LOG_STREAM], "data_stream": {}, "priority": PRIORITY, "template": template}


def _settings(nodes: int) -> dict[str, Any]:
    return {
        "index": {
            "lifecycle": {"name": LOG_STREAM},
            "number_of_shards": 1,
            "number_of_replicas": 1 if nodes > 1 else 0,
            "codec": "best_compression",
            "refresh_interval": "5s",
            "mapping": {"ignore_malformed": True},
            "query": {"default_field": ["message"]},
        }
    }


def _mappings() -> dict[str, Any]:
    keyword = {"type": "keyword", "ignore_above": LONGEST_KEYWORD}
    return {
        "dynamic": False,
        "date_detection": False,
        "properties": {
            # The one field of a data stream that may not be malformed.
            "@timestamp": {"type": "date", "ignore_malformed": False},
            "time": {"type": "date"},
            "timestamp": {"type": "date"},
            **{name: {"type": "match_only_text"} for name in TEXTS},
            **dict.fromkeys(KEYWORDS, keyword),
            **{name: {"type": kind} for name, kind in NUMBERS.items()},
        },
    }
