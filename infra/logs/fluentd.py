"""Fluentd's configuration, key ``fluent.conf`` of ConfigMap ``fluentd-config``.

The way of a line: its source (the specification's two, with their tags) -> label @LINES puts together what containerd
cut in pieces -> @RECORDS reads the application's JSON and says where the line comes from -> @STORE writes it to this
region's log store, and @CENTRAL to a dedicated monitoring stack's. What a store refuses for good (400) reaches @ERROR.

Parameters: Fluentd 1.19, fluent-plugin-elasticsearch 6.0, -concat 2.6, -prometheus 2.2.
"""

from dataclasses import replace
from typing import Final

from contract.names import ELASTICSEARCH, LOG_STREAM, Namespace, Port, service_host
from infra.logs.directives import Directive, Value, render
from infra.logs.quantities import whole_bytes
from infra.logs.users import WRITER
from infra.settings import Settings

STATE: Final = "/var/lib/fluentd"
"""The node's directory for positions and buffers, as the container sees it."""
AUTHORITY: Final = "/fluentd/authority"
PASSWORD: Final = "/fluentd/secrets/writer"  # noqa: S105 - a path
CENTRAL_PASSWORD: Final = "/fluentd/secrets/forward"  # noqa: S105 - a path
HTTPS: Final = 443
CRI_LINE: Final = r"/^(?<time>[^ ]+) (?<stream>stdout|stderr) (?<logtag>[^ ]+) (?<log>.*)$/"
"""A line of the container runtime's log (Kubernetes, CRI): P is a piece, F the last piece or a whole line."""
FILE_NAME: Final = r"/([^\/_]+)_([^_]+)_(.+)-[0-9a-f]{64}\.log$/"
"""``<pod>_<namespace>_<container>-<id>.log``, the kubelet's name of a container's log."""
IDENTITY: Final = "line_id"
ORIGIN: Final = "line_origin"
UNREAD: Final = "@unread"
"""A key that no line has."""
SOURCES: Final = {
    "orchestration": "/var/log/containers/orchestration-engine*.log",
    "agents": "/var/log/containers/*mcp-agents*.log",
}
"""Last part of the tag and of the position file -> path; the specification's."""


def fluent_conf(settings: Settings) -> str:
    """The whole configuration."""
    central = settings.logging.forward
    return render(
        Directive("system", parameters={"log_level": "info"}),
        *_metrics(),
        *(_source(name, path) for name, path in SOURCES.items()),
        _whole_lines(),
        _records(settings),
        *_outputs(settings, central),
        _refused(),
        _label("FLUENT_LOG", Directive("match", "**", {"@type": "null", "@id": "fluentd_itself"})),
    )


def _metrics() -> list[Directive]:
    at = {"bind": "0.0.0.0", "port": Port.FLUENTD_METRICS}  # noqa: S104 - Prometheus asks from elsewhere
    return [
        Directive("source", parameters={"@type": "prometheus", "@id": "in_prometheus", **at}),
        *(
            Directive("source", parameters={"@type": kind, "@id": f"in_{kind}"})
            for kind in ("prometheus_output_monitor", "prometheus_tail_monitor")
        ),
    ]


def _source(name: str, path: str) -> Directive:
    parse = Directive(
        "parse", parameters={"@type": "regexp", "expression": CRI_LINE, "time_key": "time", "time_format": "%iso8601"}
    )
    return Directive(
        "source",
        parameters={
            "@type": "tail",
            "@id": f"in_{name}",
            "path": path,
            "pos_file": f"{STATE}/positions/fluentd-{name}.log.pos",
            "pos_file_compaction_interval": "72h",
            "path_key": "@log_path",
            "tag": f"mcp.{name}",
            "read_from_head": True,
            # A pod that lives shorter than this is not read.
            "refresh_interval": "5s",
            "@label": "@LINES",
        },
        inside=(parse,),
    )


def _whole_lines() -> Directive:
    # Pieces of two files, or of one file's two streams, must not be mixed: the tag is the same for all of them.
    origin = Directive("record", parameters={ORIGIN: '${record["@log_path"]}:${record["stream"]}'})
    concat: dict[str, Value] = {
        "@type": "concat",
        "@id": "concat_pieces",
        "key": "log",
        "use_partial_cri_logtag": True,
        "partial_cri_logtag_key": "logtag",
        # The plugin would take away what this names.
        "partial_cri_stream_key": UNREAD,
        "stream_identity_key": ORIGIN,
        "separator": '""',
        "flush_interval": 10,
        "timeout_label": "@RECORDS",
    }
    return _label(
        "LINES",
        Directive("filter", "mcp.**", {"@type": "record_transformer", "@id": "origin"}, (origin,)),
        Directive("filter", "mcp.**", concat),
        _relabel("RECORDS"),
    )


def _records(settings: Settings) -> Directive:
    # The event's time is the runtime's: a line whose own `time` is odd would be lost, since the parser raises at it.
    json = Directive("parse", parameters={"@type": "json", "time_key": UNREAD})
    # Only whole lines: the runtime cuts by bytes, in the middle of a character too.
    text = {"log": '${record["log"].to_s.dup.force_encoding("UTF-8").scrub("?")}'}
    clean: dict[str, Value] = {"@type": "record_transformer", "@id": "clean", "enable_ruby": True}
    parser: dict[str, Value] = {
        "@type": "parser",
        "@id": "json",
        "key_name": "log",
        "reserve_data": True,
        "reserve_time": True,
        "remove_key_name_field": True,
        # What is no JSON, such as a crash of the interpreter, stays a line of text.
        "emit_invalid_record_to_error": False,
    }
    source = f'record["@log_path"].to_s[{FILE_NAME}'
    record: dict[str, Value] = {
        "message": '${record["message"] || record["log"]}',
        "timestamp": "${time.utc.iso8601(3)}",
        "environment": settings.environment.value,
        "region": settings.region,
        "hostname": "\"#{ENV['NODE_NAME']}\"",
        "pod": f"${{{source}, 1]}}",
        "namespace": f"${{{source}, 2]}}",
        "container": f"${{{source}, 3]}}",
    }
    transformer: dict[str, Value] = {
        "@type": "record_transformer",
        "@id": "enrich",
        "enable_ruby": True,
        "remove_keys": f"log,logtag,@log_path,{ORIGIN}",
    }
    # One identity for each line, kept over retries and in every store: a line that is sent again is the same document.
    identity: dict[str, Value] = {"@type": "elasticsearch_genid", "@id": "identity", "hash_id_key": IDENTITY}
    return _label(
        "RECORDS",
        Directive("filter", "mcp.**", clean, (Directive("record", parameters=text),)),
        Directive("filter", "mcp.**", parser, (json,)),
        Directive("filter", "mcp.**", transformer, (Directive("record", parameters=record),)),
        Directive("filter", "mcp.**", identity),
        _relabel("STORE") if settings.logging.forward is None else _both(),
    )


def _both() -> Directive:
    stores = tuple(replace(_relabel(label), name="store", argument="") for label in ("STORE", "CENTRAL"))
    return Directive("match", "mcp.**", {"@type": "copy", "@id": "to_both"}, stores)


def _outputs(settings: Settings, central: str | None) -> list[Directive]:
    room = whole_bytes(settings.logging.buffer)
    local: dict[str, Value] = {
        "host": service_host(ELASTICSEARCH, Namespace.LOGGING),
        "port": Port.ELASTICSEARCH,
        "ca_file": f"{AUTHORITY}/ca.crt",
        "password": _content_of(PASSWORD),
    }
    if central is None:
        return [_label("STORE", _store("elasticsearch", WRITER.name, local, room, "block"))]
    far: dict[str, Value] = {
        "host": central,
        "port": HTTPS,
        "password": _content_of(CENTRAL_PASSWORD),
        "compression_level": "default_compression",
    }
    # A stack far away that takes nothing must not keep the lines from this region's own store: the oldest are dropped.
    # There, each region is a user of its own.
    return [
        _label("STORE", _store("elasticsearch", WRITER.name, local, room // 2, "block")),
        _label("CENTRAL", _store("central", settings.region, far, room // 2, "drop_oldest_chunk")),
    ]


def _store(name: str, user: str, where: dict[str, Value], room: int, when_full: str) -> Directive:
    buffer: dict[str, Value] = {
        "@type": "file",
        "path": f"{STATE}/buffer/{name}",
        "flush_interval": "10s",
        "chunk_limit_size": "8m",
        "flush_thread_count": 4,
        "total_limit_size": room,
        "overflow_action": when_full,
        "retry_type": "exponential_backoff",
        "retry_wait": "1s",
        "retry_max_interval": "60s",
        "retry_forever": True,
    }
    parameters: dict[str, Value] = {
        "@type": "elasticsearch",
        "@id": f"out_{name}",
        **where,
        "scheme": "https",
        "ssl_verify": True,
        "user": user,
        "index_name": LOG_STREAM,
        # A data stream takes new documents only, and each brings its time.
        "write_operation": "create",
        "include_timestamp": True,
        # It stays in the document: the plugin loses what the store refuses or postpones if the key is removed.
        "id_key": IDENTITY,
        "include_tag_key": True,
        "tag_key": "@log_name",
        "suppress_type_name": True,
        # The writer may ask the cluster nothing, its version neither.
        "verify_es_version_at_startup": False,
        "default_elasticsearch_version": 9,
        "request_timeout": "30s",
        "reconnect_on_error": True,
        "reload_connections": False,
        "reload_on_failure": False,
        "log_es_400_reason": True,
        # A store that is busy is asked again; the plugin's own list would give the chunk up.
        "unrecoverable_error_types": '["out_of_memory_error"]',
    }
    return Directive("match", "mcp.**", parameters, (Directive("buffer", "tag", buffer),))


def _refused() -> Directive:
    counter = Directive(
        "metric",
        parameters={
            "name": "fluentd_refused_records_total",
            "type": "counter",
            "desc": "Records that no store takes; Fluentd's own log shows them",
        },
    )
    return _label(
        "ERROR",
        Directive("filter", "**", {"@type": "prometheus", "@id": "refused"}, (counter,)),
        # The kubelet keeps this log and bounds it.
        Directive("match", "**", {"@type": "stdout", "@id": "out_refused"}),
    )


def _label(name: str, *inside: Directive) -> Directive:
    return Directive("label", f"@{name}", inside=inside)


def _relabel(label: str) -> Directive:
    return Directive("match", "mcp.**", {"@type": "relabel", "@id": f"to_{label.lower()}", "@label": f"@{label}"})


def _content_of(path: str) -> str:
    """A value that Fluentd reads from a file when it starts: secrets are no variables."""
    return f"\"#{{File.read('{path}/password').strip}}\""
