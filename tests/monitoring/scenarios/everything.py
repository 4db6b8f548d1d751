"""One scenario for each rule at least, with figures just below and just above its threshold."""

from tests.monitoring.scenarios.application import AGENTS, ENTRANCE, PROVIDERS, WORKFLOWS
from tests.monitoring.scenarios.database import BACKUPS, DATABASE
from tests.monitoring.scenarios.surroundings import CACHE, CERTIFICATES, LOGS

SCENARIOS = (*WORKFLOWS, *AGENTS, *PROVIDERS, *ENTRANCE, *DATABASE, *BACKUPS, *CACHE, *CERTIFICATES, *LOGS)
