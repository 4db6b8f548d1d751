"""The durable core: workflows and steps in PostgreSQL, executed at least once and recorded exactly once."""
