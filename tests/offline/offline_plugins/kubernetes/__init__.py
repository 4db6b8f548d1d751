"""pulumi-resource-kubernetes without the official plugin: objects on a real API server."""
