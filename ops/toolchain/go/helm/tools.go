//go:build tools

// Package tools pins Helm, which renders charts.
package tools

import _ "helm.sh/helm/v3/cmd/helm"
