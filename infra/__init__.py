"""The Pulumi program: one region per stack, described by typed settings."""
