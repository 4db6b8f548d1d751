// Command controller is cert-manager's controller with its default control loops; its flags have upstream's names and
// defaults, as far as upstream's chart sets them.
//
// Left out: Venafi's issuer, whose library the module proxy does not serve, and with it the configuration file, whose
// defaults link it; the Gateway API, certificate signing requests, metrics over TLS and the profiler.
package main

import (
	"context"
	"time"

	"github.com/cert-manager/cert-manager/internal/apis/config/shared"
	"github.com/cert-manager/cert-manager/mcp-platform/component"
	"github.com/cert-manager/cert-manager/pkg/apis/certmanager"
	"github.com/cert-manager/cert-manager/pkg/controller"
	"github.com/cert-manager/cert-manager/pkg/issuer/acme/dns/util"
	"github.com/cert-manager/cert-manager/pkg/logs"
	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/sets"
	cliflag "k8s.io/component-base/cli/flag"
	logsapi "k8s.io/component-base/logs/api/v1"
)

// settings is what flags change.
type settings struct {
	options        controller.ContextOptions
	election       shared.LeaderElectionConfig
	logging        *logsapi.LoggingConfiguration
	features       map[string]bool
	loops          []string
	workers        int
	metricsAddress string
	healthAddress  string
}

func main() {
	s := upstreams()
	component.Component{
		Name:   "controller",
		Bind:   func(flags *pflag.FlagSet) { bind(flags, s) },
		Common: func() (*logsapi.LoggingConfiguration, map[string]bool) { return s.logging, s.features },
		Run:    func(ctx context.Context) error { return run(ctx, s) },
	}.Main()
}

// upstreams returns upstream's defaults.
func upstreams() *settings {
	return &settings{
		options: controller.ContextOptions{
			KubernetesAPIQPS:   20,
			KubernetesAPIBurst: 50,
			ACMEOptions: controller.ACMEOptions{
				HTTP01SolverResourceRequestCPU:    resource.MustParse("10m"),
				HTTP01SolverResourceRequestMemory: resource.MustParse("64Mi"),
				HTTP01SolverResourceLimitsCPU:     resource.MustParse("100m"),
				HTTP01SolverResourceLimitsMemory:  resource.MustParse("64Mi"),
				ACMEHTTP01SolverRunAsNonRoot:      true,
				DNS01Nameservers:                  util.RecursiveNameservers,
				DNS01CheckAuthoritative:           true,
				DNS01CheckRetryPeriod:             10 * time.Second,
			},
			SchedulerOptions: controller.SchedulerOptions{MaxConcurrentChallenges: 60},
			IssuerOptions: controller.IssuerOptions{
				ClusterIssuerAmbientCredentials: true,
				ClusterResourceNamespace:        "kube-system",
			},
			IngressShimOptions: controller.IngressShimOptions{
				DefaultIssuerKind:                 "Issuer",
				DefaultIssuerGroup:                certmanager.GroupName,
				DefaultAutoCertificateAnnotations: []string{"kubernetes.io/tls-acme"},
				GatewayAPIExtraProtocols:          sets.New[string](),
			},
			CertificateOptions: controller.CertificateOptions{
				CopiedAnnotationPrefixes: []string{
					"*", "-kubectl.kubernetes.io/", "-fluxcd.io/", "-argocd.argoproj.io/",
				},
				CertificateRequestMinimumBackoffDuration: time.Hour,
				CertificateRequestMaximumBackoffDuration: 32 * time.Hour,
			},
		},
		election: shared.LeaderElectionConfig{
			Enabled:       true,
			Namespace:     "kube-system",
			LeaseDuration: time.Minute,
			RenewDeadline: 40 * time.Second,
			RetryPeriod:   15 * time.Second,
		},
		logging:        logsapi.NewLoggingConfiguration(),
		loops:          []string{"*"},
		workers:        5,
		metricsAddress: "0.0.0.0:9402",
		healthAddress:  "0.0.0.0:9403",
	}
}

func bind(flags *pflag.FlagSet, s *settings) {
	component.BindElection(flags, &s.election)
	logs.AddFlags(s.logging, flags)
	flags.Var(cliflag.NewMapStringBool(&s.features), "feature-gates", "name=true or false, with commas between")
	flags.StringSliceVar(&s.loops, "controllers", s.loops, "control loops: * for all, -name for all but one")
	flags.IntVar(&s.workers, "concurrent-workers", s.workers, "workers of each control loop")
	flags.StringVar(&s.metricsAddress, "metrics-listen-address", s.metricsAddress, "host:port of metrics")
	flags.StringVar(&s.healthAddress, "internal-healthz-listen-address", s.healthAddress, "host:port of liveness")

	o := &s.options
	flags.StringVar(&o.Kubeconfig, "kubeconfig", o.Kubeconfig, "kubeconfig; nothing inside a pod")
	flags.StringVar(&o.Namespace, "namespace", o.Namespace, "the only namespace that is looked at; nothing for all")
	flags.StringVar(&o.ClusterResourceNamespace, "cluster-resource-namespace", o.ClusterResourceNamespace,
		"namespace of what cluster issuers refer to")
	flags.BoolVar(&o.EnableOwnerRef, "enable-certificate-owner-ref", o.EnableOwnerRef,
		"whether a Secret goes with its Certificate")
	flags.StringVar(&o.HTTP01SolverImage, "acme-http01-solver-image", o.HTTP01SolverImage,
		"image of the pods that answer HTTP-01 challenges")
	flags.IntVar(&o.MaxConcurrentChallenges, "max-concurrent-challenges", o.MaxConcurrentChallenges,
		"challenges in progress at once")
	flags.StringVar(&o.DefaultIssuerName, "default-issuer-name", o.DefaultIssuerName, "issuer of annotated ingresses")
	flags.StringVar(&o.DefaultIssuerKind, "default-issuer-kind", o.DefaultIssuerKind, "its kind")
	flags.StringVar(&o.DefaultIssuerGroup, "default-issuer-group", o.DefaultIssuerGroup, "its API group")
}
