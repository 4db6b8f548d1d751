"""What infra, app, ops, policy and client share, and nothing else. Imports none of them."""
