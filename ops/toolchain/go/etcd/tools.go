//go:build tools

// Package tools pins the etcd that set-up builds where no release archive can be had.
package tools

import _ "go.etcd.io/etcd/server/v3"
