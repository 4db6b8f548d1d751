"""The dedicated monitoring stack of a residency zone, as data: who sends to it, how they get in, what it looks at."""
