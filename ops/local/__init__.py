"""``make up``: the platform on this machine, by a real ``pulumi up`` and from the objects it made.

Where no node runs pods, ordinary processes stand in for containers: each is started with the command, environment,
files and probes of its pod template in the API server. Only hosts, ports, paths and the database's TLS mode differ.
"""
