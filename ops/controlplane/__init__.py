"""A Kubernetes control plane on loopback: etcd, kube-apiserver, kube-controller-manager and the operators' CRDs.

There are no nodes: objects are stored, validated, defaulted and garbage-collected by the real servers,
but no pod ever runs. Stack tests and ``make up`` apply the platform to it.
"""
