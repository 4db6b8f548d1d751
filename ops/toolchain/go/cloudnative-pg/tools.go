//go:build tools

// Package tools pins the CloudNativePG manager that is built for the node of this machine.
package tools

import _ "github.com/cloudnative-pg/cloudnative-pg/cmd/manager"
