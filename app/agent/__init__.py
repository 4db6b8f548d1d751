"""An agent: a pure function of its call. One model turn under one role, offered as an MCP tool."""
