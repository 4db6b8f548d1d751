"""The provider that needs no network: believable, schema-valid, and the same for the same input."""
