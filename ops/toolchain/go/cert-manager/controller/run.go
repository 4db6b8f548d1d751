package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/cert-manager/cert-manager/internal/apis/config/shared"
	"github.com/cert-manager/cert-manager/pkg/controller"
	"github.com/cert-manager/cert-manager/pkg/controller/clusterissuers"
	"github.com/cert-manager/cert-manager/pkg/healthz"
	"golang.org/x/sync/errgroup"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

const (
	shutdownPeriod = 5 * time.Second
	// livenessTimeout is how long after its lease a leader still counts as alive.
	livenessTimeout = 20 * time.Second
)

// run serves metrics and liveness at once, and starts the control loops when this replica leads.
func run(parent context.Context, s *settings) error {
	group, ctx := errgroup.WithContext(parent)
	factory, err := controller.NewContextFactory(ctx, s.options)
	if err != nil {
		return err
	}
	base, err := factory.Build()
	if err != nil {
		return err
	}
	if err := serveMetrics(ctx, group, base, s); err != nil {
		return errors.Join(err, stop(group))
	}
	health := healthz.NewServer(livenessTimeout)
	listener, err := net.Listen("tcp", s.healthAddress)
	if err != nil {
		return errors.Join(err, stop(group))
	}
	group.Go(func() error { return health.Start(ctx, listener) })

	leading := make(chan struct{})
	if !s.election.Enabled {
		close(leading)
	} else if err := elect(ctx, group, s.election, factory, health.LeaderHealthzAdaptor, leading); err != nil {
		return errors.Join(err, stop(group))
	}
	select {
	case <-leading:
	case <-ctx.Done():
		return group.Wait()
	}
	if err := startLoops(ctx, group, s, factory); err != nil {
		return errors.Join(err, stop(group))
	}
	base.SharedInformerFactory.Start(ctx.Done())
	base.KubeSharedInformerFactory.Start(ctx.Done())
	base.HTTP01ResourceMetadataInformersFactory.Start(ctx.Done())
	return group.Wait()
}

var errStopped = errors.New("stopped")

// stop ends what the group runs and waits for it.
func stop(group *errgroup.Group) error {
	group.Go(func() error { return errStopped })
	if err := group.Wait(); !errors.Is(err, errStopped) {
		return err
	}
	return nil
}

func serveMetrics(
	ctx context.Context, group *errgroup.Group, base *controller.Context, s *settings,
) error {
	listener, err := net.Listen("tcp", s.metricsAddress)
	if err != nil {
		return err
	}
	resources := base.SharedInformerFactory.Certmanager().V1()
	base.Metrics.SetupACMECollector(base.SharedInformerFactory.Acme().V1().Challenges().Lister())
	base.Metrics.SetupCertificateCollector(resources.Certificates().Lister())
	base.Metrics.SetupIssuerCollector(resources.Issuers().Lister())
	if s.options.Namespace == "" {
		base.Metrics.SetupClusterIssuerCollector(resources.ClusterIssuers().Lister())
	}
	server := base.Metrics.NewServer(listener)
	group.Go(func() error {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	group.Go(func() error {
		<-ctx.Done()
		deadline, cancel := context.WithTimeout(context.Background(), shutdownPeriod)
		defer cancel()
		return server.Shutdown(deadline)
	})
	return nil
}

// elect closes the channel once this replica leads; losing the lease ends the group.
func elect(
	ctx context.Context,
	group *errgroup.Group,
	election shared.LeaderElectionConfig,
	factory *controller.ContextFactory,
	watchdog *leaderelection.HealthzAdaptor,
	leading chan<- struct{},
) error {
	own, err := factory.Build("leader-election")
	if err != nil {
		return err
	}
	host, err := os.Hostname()
	if err != nil {
		return err
	}
	elector, err := leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{
		Lock: &resourcelock.LeaseLock{
			LeaseMeta:  metav1.ObjectMeta{Name: "cert-manager-controller", Namespace: election.Namespace},
			Client:     own.Client.CoordinationV1(),
			LockConfig: resourcelock.ResourceLockConfig{Identity: host, EventRecorder: own.Recorder},
		},
		LeaseDuration:   election.LeaseDuration,
		RenewDeadline:   election.RenewDeadline,
		RetryPeriod:     election.RetryPeriod,
		ReleaseOnCancel: true,
		WatchDog:        watchdog,
		Callbacks: leaderelection.LeaderCallbacks{
			OnStartedLeading: func(context.Context) { close(leading) },
			OnStoppedLeading: func() {},
		},
	})
	if err != nil {
		return err
	}
	group.Go(func() error {
		elector.Run(ctx)
		if ctx.Err() == nil {
			return errors.New("the leader's lease was lost")
		}
		return nil
	})
	return nil
}

func startLoops(
	ctx context.Context, group *errgroup.Group, s *settings, factory *controller.ContextFactory,
) error {
	wanted := enabled(s)
	for name, construct := range controller.Known() {
		if !wanted.Has(name) {
			continue
		}
		loop, err := construct(factory)
		if err != nil {
			return fmt.Errorf("control loop %s: %w", name, err)
		}
		group.Go(func() error { return loop.Run(s.workers, ctx) })
	}
	return nil
}

// enabled resolves the names of control loops, in which * stands for all that are linked and a dash takes one away.
func enabled(s *settings) sets.Set[string] {
	wanted, unwanted := sets.New[string](), sets.New[string]()
	for _, name := range s.loops {
		if without, taken := strings.CutPrefix(name, "-"); taken {
			unwanted.Insert(without)
		} else if name == "*" {
			wanted = wanted.Union(sets.KeySet(controller.Known()))
		} else {
			wanted.Insert(name)
		}
	}
	if s.options.Namespace != "" {
		unwanted.Insert(clusterissuers.ControllerName)
	}
	return wanted.Difference(unwanted)
}
