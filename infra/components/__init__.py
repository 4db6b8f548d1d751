"""One file per system, one ComponentResource per file."""
