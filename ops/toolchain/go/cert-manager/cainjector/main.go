// Command cainjector is cert-manager's CA injector. Metrics are served without TLS; there is no profiler.
package main

import (
	"context"

	config "github.com/cert-manager/cert-manager/internal/apis/config/cainjector"
	"github.com/cert-manager/cert-manager/internal/kube"
	"github.com/cert-manager/cert-manager/mcp-platform/component"
	"github.com/cert-manager/cert-manager/pkg/cainjector/configfile"
	cmscheme "github.com/cert-manager/cert-manager/pkg/client/clientset/versioned/scheme"
	"github.com/cert-manager/cert-manager/pkg/controller/cainjector"
	"github.com/cert-manager/cert-manager/pkg/logs"
	"github.com/cert-manager/cert-manager/pkg/util"
	"github.com/spf13/pflag"
	corev1 "k8s.io/api/core/v1"
	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime"
	kubescheme "k8s.io/client-go/kubernetes/scheme"
	cliflag "k8s.io/component-base/cli/flag"
	logsapi "k8s.io/component-base/logs/api/v1"
	apiregistration "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

func main() {
	file := configfile.New()
	component.Component{
		Name: "cainjector",
		Kind: "CAInjectorConfiguration",
		File: file,
		Bind: func(flags *pflag.FlagSet) { bind(flags, file.Config) },
		Common: func() (*logsapi.LoggingConfiguration, map[string]bool) {
			return &file.Config.Logging, file.Config.FeatureGates
		},
		Run: func(ctx context.Context) error { return run(ctx, file.Config) },
	}.Main()
}

func bind(flags *pflag.FlagSet, c *config.CAInjectorConfiguration) {
	component.BindElection(flags, &c.LeaderElectionConfig)
	flags.StringVar(&c.KubeConfig, "kubeconfig", c.KubeConfig, "kubeconfig; nothing inside a pod")
	flags.StringVar(&c.Namespace, "namespace", c.Namespace, "the only namespace that is looked at; nothing for all")
	flags.StringVar(&c.MetricsListenAddress, "metrics-listen-address", c.MetricsListenAddress, "0 for no metrics")
	flags.Var(cliflag.NewMapStringBool(&c.FeatureGates), "feature-gates", "name=true or false, with commas between")
	logs.AddFlags(&c.Logging, flags)
}

func run(ctx context.Context, c *config.CAInjectorConfiguration) error {
	connection, err := kube.BuildClientConfig("", c.KubeConfig)
	if err != nil {
		return err
	}
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		kubescheme.AddToScheme, cmscheme.AddToScheme, apiextensions.AddToScheme, apiregistration.AddToScheme,
	} {
		if err := add(scheme); err != nil {
			return err
		}
	}
	manager, err := ctrl.NewManager(util.RestConfigWithUserAgent(connection, "cainjector"), managerOptions(c, scheme))
	if err != nil {
		return err
	}
	err = cainjector.RegisterAllInjectors(ctx, manager, cainjector.SetupOptions{
		Namespace:                    c.Namespace,
		IgnoreNamespaces:             c.IgnoreNamespaces,
		EnableCertificatesDataSource: c.EnableDataSourceConfig.Certificates,
		EnabledReconcilersFor: map[string]bool{
			cainjector.MutatingWebhookConfigurationName:   c.EnableInjectableConfig.MutatingWebhookConfigurations,
			cainjector.ValidatingWebhookConfigurationName: c.EnableInjectableConfig.ValidatingWebhookConfigurations,
			cainjector.APIServiceName:                     c.EnableInjectableConfig.APIServices,
			cainjector.CustomResourceDefinitionName:       c.EnableInjectableConfig.CustomResourceDefinitions,
		},
	})
	if err != nil {
		return err
	}
	return manager.Start(ctx)
}

func managerOptions(c *config.CAInjectorConfiguration, scheme *runtime.Scheme) ctrl.Options {
	election := &c.LeaderElectionConfig
	options := ctrl.Options{
		Scheme: scheme,
		Cache:  cache.Options{ReaderFailOnMissingInformer: true},
		// The injectors watch the metadata of Secrets only; a cache of their contents would hold all of the cluster's.
		Client:                        client.Options{Cache: &client.CacheOptions{DisableFor: []client.Object{&corev1.Secret{}}}},
		LeaderElection:                election.Enabled,
		LeaderElectionNamespace:       election.Namespace,
		LeaderElectionID:              "cert-manager-cainjector-leader-election",
		LeaderElectionReleaseOnCancel: true,
		LeaseDuration:                 &election.LeaseDuration,
		RenewDeadline:                 &election.RenewDeadline,
		RetryPeriod:                   &election.RetryPeriod,
		Metrics:                       server.Options{BindAddress: c.MetricsListenAddress},
	}
	if c.Namespace != "" {
		options.Cache.DefaultNamespaces = map[string]cache.Config{c.Namespace: {}}
	}
	return options
}
