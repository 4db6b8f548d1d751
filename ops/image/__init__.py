"""Container images without Docker: deterministic OCI archives of the platform and of what the local node runs."""
