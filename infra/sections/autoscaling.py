"""Autoscaling beside the replicas' own: recommendations of requests, and nodes."""

from infra.sections.section import OnOff, Section, Switch


class Autoscaling(Section):
    """What the vertical autoscaler does. It never changes a pod: horizontal autoscalers measure against requests."""

    recommendations: OnOff = Switch.ON
    """A VerticalPodAutoscaler in mode ``Off`` for engine and agents."""
