"""What the cache's processes are configured with: pure texts, from members and a password.

One server, or several with a Sentinel beside each and a proxy that follows the master. Nothing here calls the
Kubernetes API: the Sentinels agree among themselves, and a starting server asks them whom to follow.
"""
