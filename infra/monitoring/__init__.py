"""Metrics, alerts and dashboards as data; the components that make objects of it are in :mod:`infra.components`."""
