"""Where a region's Kubernetes API comes from."""
