"""The orchestration engine: owns all data and is the only gate to it."""
