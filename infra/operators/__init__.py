"""Operators from charts: the values each is installed with, one file for each."""
