"""Backups: the database's archive, the daily dumps, and who may read what they save."""
