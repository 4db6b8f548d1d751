"""When an object counts as ready: one rule a kind, as pulumi-kubernetes has them built in."""
