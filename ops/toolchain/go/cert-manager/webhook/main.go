// Command webhook is cert-manager's admission webhook, with all of upstream's flags.
package main

import (
	"context"

	cmwebhook "github.com/cert-manager/cert-manager/internal/webhook"
	"github.com/cert-manager/cert-manager/mcp-platform/component"
	"github.com/cert-manager/cert-manager/pkg/logs"
	"github.com/cert-manager/cert-manager/pkg/webhook/configfile"
	"github.com/cert-manager/cert-manager/pkg/webhook/options"
	"github.com/spf13/pflag"
	logsapi "k8s.io/component-base/logs/api/v1"
)

func main() {
	file := configfile.New()
	component.Component{
		Name: "webhook",
		Kind: "WebhookConfiguration",
		File: file,
		Bind: func(flags *pflag.FlagSet) { options.AddConfigFlags(flags, file.Config) },
		Common: func() (*logsapi.LoggingConfiguration, map[string]bool) {
			return &file.Config.Logging, file.Config.FeatureGates
		},
		Run: func(ctx context.Context) error {
			server, err := cmwebhook.NewCertManagerWebhookServer(logs.FromContext(ctx), *file.Config)
			if err != nil {
				return err
			}
			return server.Run(ctx)
		},
	}.Main()
}
