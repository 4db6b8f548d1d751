"""Dashboards as data, one file for each component; Grafana's JSON is :mod:`infra.monitoring.dashboards.rendering`'s."""
