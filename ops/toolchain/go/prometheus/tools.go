//go:build tools

// Package tools pins the Prometheus that is built for the node of this machine.
package tools

import _ "github.com/prometheus/prometheus/cmd/prometheus"
