//go:build tools

// Package tools pins the client that checks Alertmanager's configuration.
package tools

import _ "github.com/prometheus/alertmanager/cmd/amtool"
