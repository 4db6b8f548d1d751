"""Where the local platform runs: a node of this machine, kind, a cluster of the user's own, or bare processes."""
