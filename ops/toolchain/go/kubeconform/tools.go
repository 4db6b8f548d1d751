//go:build tools

// Package tools pins the kubeconform that lints rendered manifests.
package tools

import _ "github.com/yannh/kubeconform/cmd/kubeconform"
