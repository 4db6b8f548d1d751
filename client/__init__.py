"""Typed asynchronous client of the platform's API. Imports only contract."""
