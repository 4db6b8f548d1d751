"""CrossGuard policies: what no stack may do, whoever wrote it. Checked by the engine before anything is made."""
