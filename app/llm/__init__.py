"""One small interface over language models: ``offline``, ``openai``, ``anthropic``, and failover between them."""
