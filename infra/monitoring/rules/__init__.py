"""Alerts as data: one module for each theme, and :mod:`infra.monitoring.rules.catalogue` for all of them."""
