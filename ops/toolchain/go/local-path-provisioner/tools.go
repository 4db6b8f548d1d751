//go:build tools

// Package tools pins the provisioner of local volumes that is built for the node of this machine.
package tools

import _ "github.com/rancher/local-path-provisioner"
