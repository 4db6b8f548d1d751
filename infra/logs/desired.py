"""What the log store is to have, as one document that ``mcp-ops logs bootstrap`` brings about."""

import json

from contract.names import LOG_STREAM
from infra.logs.ilm import policy
from infra.logs.template import index_template
from infra.sections.logging import Logging


def desired(settings: Logging) -> str:
    """JSON: ``stream``, and by name ``policies`` and ``templates``, bodies of the requests that make them."""
    document = {
        "stream": LOG_STREAM,
        "policies": {LOG_STREAM: policy(settings.retention_days)},
        "templates": {LOG_STREAM: index_template(settings.nodes)},
    }
    return json.dumps(document, indent=1, sort_keys=True)
