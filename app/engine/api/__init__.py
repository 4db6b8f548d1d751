"""The engine's HTTP API on port 8000 and its WebSocket events on port 8001."""
