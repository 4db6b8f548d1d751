"""Pulumi's configuration of the running stack as settings; nothing is read when modules are imported."""

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env, is_config_secret

from infra.secret_needs import check_needs
from infra.secret_sources import NAMESPACE, check_keys
from infra.settings import Settings, parse


def read_settings() -> Settings:
    """The stack's settings, after refusing keys that nothing reads. Raises :class:`infra.faults.SettingsError`."""
    present = get_config_env().keys() | CONFIG.get().keys()
    check_keys(present, [key for key in present if is_config_secret(key)])
    settings = parse(pulumi.Config(NAMESPACE).get_object("settings"))
    check_needs(settings, present)
    return settings
