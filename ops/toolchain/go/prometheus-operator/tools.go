//go:build tools

// Package tools pins the Prometheus operator and its reloader that are built for the node of this machine.
package tools

import (
	_ "github.com/prometheus-operator/prometheus-operator/cmd/operator"
	_ "github.com/prometheus-operator/prometheus-operator/cmd/prometheus-config-reloader"
)
