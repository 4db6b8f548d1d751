"""Operators' commands and what sets the platform up on a machine."""
