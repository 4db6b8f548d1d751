//go:build tools

// Package tools pins the Prometheus that is built for the node of this machine, and the tool that checks its rules.
package tools

import (
	_ "github.com/prometheus/prometheus/cmd/prometheus"
	_ "github.com/prometheus/prometheus/cmd/promtool"
)
