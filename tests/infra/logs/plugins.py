"""Parameters of the plugins that the configuration uses, as the plugins' own sources declare them.

Fluentd 1.19.3, fluent-plugin-elasticsearch 6.0.0, fluent-plugin-concat 2.6.2, fluent-plugin-prometheus 2.2.2, parts of
image v1.19.3-debian-elasticsearch9-1.1. Common to all: ``@type``, ``@id``, ``@label``, ``@log_level``.
"""

COMMON = {"@type", "@id", "@label", "@log_level"}
PARAMETERS = {
    ("source", "tail"): {
        *("path", "pos_file", "pos_file_compaction_interval", "path_key", "tag", "read_from_head"),
        "refresh_interval",
    },
    ("source", "prometheus"): {"bind", "port", "metrics_path"},
    ("source", "prometheus_output_monitor"): {"interval"},
    ("source", "prometheus_tail_monitor"): {"interval"},
    ("parse", "regexp"): {"expression", "time_key", "time_format"},
    ("parse", "json"): {"time_key"},
    ("filter", "record_transformer"): {"enable_ruby", "remove_keys"},
    ("filter", "concat"): {
        *("key", "use_partial_cri_logtag", "partial_cri_logtag_key", "partial_cri_stream_key", "stream_identity_key"),
        *("separator", "flush_interval", "timeout_label"),
    },
    ("filter", "parser"): {
        *("key_name", "reserve_data", "reserve_time", "remove_key_name_field", "emit_invalid_record_to_error"),
    },
    ("filter", "elasticsearch_genid"): {"hash_id_key"},
    ("filter", "prometheus"): set[str](),
    ("match", "relabel"): set[str](),
    ("store", "relabel"): set[str](),
    ("match", "copy"): set[str](),
    ("match", "null"): set[str](),
    ("match", "stdout"): set[str](),
    ("match", "elasticsearch"): {
        *("host", "port", "scheme", "user", "password", "ca_file", "ssl_verify", "index_name", "write_operation"),
        *("include_timestamp", "id_key", "include_tag_key", "tag_key", "suppress_type_name", "compression_level"),
        *("verify_es_version_at_startup", "default_elasticsearch_version", "request_timeout", "reconnect_on_error"),
        *("reload_connections", "reload_on_failure", "log_es_400_reason", "unrecoverable_error_types"),
    },
    ("buffer", "file"): {
        *("path", "flush_interval", "chunk_limit_size", "flush_thread_count", "total_limit_size", "overflow_action"),
        *("retry_type", "retry_wait", "retry_max_interval", "retry_forever"),
    },
}
"""(section, type) -> parameters that it may have."""
