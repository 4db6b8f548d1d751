"""Pulumi's configuration of the running stack as settings; nothing is read when modules are imported."""

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env, is_config_secret

from infra.kinds import READ, AnySettings, kind_of, parse_any
from infra.secret_needs import check_needs
from infra.secret_sources import NAMESPACE, check_keys


def read_settings() -> AnySettings:
    """The stack's settings, after refusing keys that nothing reads. Raises :class:`infra.faults.SettingsError`."""
    present = get_config_env().keys() | CONFIG.get().keys()
    encrypted = [key for key in present if is_config_secret(key)]
    check_keys(present, encrypted)
    document = pulumi.Config(NAMESPACE).get_object("settings")
    check_keys(present, encrypted, READ[kind_of(document)])
    settings = parse_any(document)
    check_needs(settings, present)
    return settings
