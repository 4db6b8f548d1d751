"""Sections of ``mcp:settings``, one file for each system; :mod:`infra.settings` puts them together."""
