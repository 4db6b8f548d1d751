//go:build tools

// Package tools pins the Kubernetes control plane that set-up builds where no release archive can be had.
package tools

import (
	_ "k8s.io/kubernetes/cmd/kube-apiserver"
	_ "k8s.io/kubernetes/cmd/kube-controller-manager"
)
