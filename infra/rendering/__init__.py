"""A stack as files: its program run in this process against a recorder, without cluster, cloud or Pulumi CLI."""
