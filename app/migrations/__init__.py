"""The database schema and its history. Alembic owns it; ``python -m app migrate`` brings a database up to date."""
