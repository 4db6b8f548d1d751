//go:build tools

// Package tools pins the metrics-server that is built for the node of this machine.
package tools

import _ "sigs.k8s.io/metrics-server/cmd/metrics-server"
