"""The engine's side of a step: turns over MCP, tools executed against the role's globs, every check made again."""
