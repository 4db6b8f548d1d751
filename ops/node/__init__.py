"""A real single-node Kubernetes on this machine, without Docker: kubelet and containerd in namespaces of their own.

Nothing is installed and nothing outside the node's directory is written; when its first process ends, the kernel ends
every process, mount, link and rule of the node with it.
"""
