// Package component starts one of cert-manager's programs: defaults, then the file of --config, then flags.
package component

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/cert-manager/cert-manager/internal/apis/config/shared"
	"github.com/cert-manager/cert-manager/pkg/logs"
	"github.com/cert-manager/cert-manager/pkg/util"
	"github.com/cert-manager/cert-manager/pkg/util/configfile"
	"github.com/cert-manager/cert-manager/pkg/util/feature"
	"github.com/spf13/pflag"
	logsapi "k8s.io/component-base/logs/api/v1"
)

// Component is one program.
type Component struct {
	// Name is that of the program and of its configuration's API group.
	Name string
	// Kind is that of its configuration.
	Kind string
	// File holds the configuration; nothing else here is called before it was read. Nil for flags alone.
	File configfile.ConfigFile
	// Bind adds the flags, over the fields of the configuration.
	Bind func(*pflag.FlagSet)
	// Common returns the parts of the configuration that all programs have.
	Common func() (*logsapi.LoggingConfiguration, map[string]bool)
	// Run works until the context is done.
	Run func(context.Context) error
}

// Main runs the program and ends the process.
func (c Component) Main() {
	logs.InitLogs()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	ctx = logs.NewContext(ctx, logs.Log, c.Name)
	err := c.start(ctx)
	stop()
	logs.FlushLogs()
	if err != nil && !errors.Is(err, pflag.ErrHelp) {
		fmt.Fprintf(os.Stderr, "%s: %v\n", c.Name, err)
		os.Exit(1)
	}
}

func (c Component) start(ctx context.Context) error {
	flags := pflag.NewFlagSet(c.Name, pflag.ContinueOnError)
	if c.File != nil {
		flags.String("config", "", "file with a "+c.Kind)
		if err := c.read(configPath(os.Args[1:])); err != nil {
			return err
		}
	}
	version := flags.Bool("version", false, "print the version")
	c.Bind(flags)
	if err := flags.Parse(os.Args[1:]); err != nil {
		return err
	}
	if *version {
		fmt.Println(util.AppVersion)
		return nil
	}
	logging, features := c.Common()
	if err := feature.DefaultMutableFeatureGate.SetFromMap(features); err != nil {
		return err
	}
	if err := logs.ValidateAndApply(logging); err != nil {
		return err
	}
	logs.FromContext(ctx).Info("starting", "version", util.AppVersion)
	return c.Run(ctx)
}

// read takes the configuration from a file, or from an empty document, which gives the defaults.
func (c Component) read(path string) error {
	if path == "" {
		header := "apiVersion: %s.config.cert-manager.io/v1alpha1\nkind: %s\n"
		return c.File.DecodeAndConfigure(fmt.Appendf(nil, header, c.Name, c.Kind))
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	loader, err := configfile.NewConfigurationFSLoader(nil, absolute)
	if err != nil {
		return err
	}
	return loader.Load(c.File)
}

// configPath looks for --config before the other flags can be known.
func configPath(arguments []string) string {
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	flags.ParseErrorsAllowlist.UnknownFlags = true
	flags.Usage = func() {}
	path := flags.String("config", "", "")
	_ = flags.Parse(arguments) // what is wrong is said when all flags are parsed
	return *path
}

// BindElection adds the flags of the leader's lease.
func BindElection(flags *pflag.FlagSet, election *shared.LeaderElectionConfig) {
	flags.BoolVar(&election.Enabled, "leader-elect", election.Enabled, "whether replicas elect a leader")
	flags.StringVar(&election.Namespace, "leader-election-namespace", election.Namespace, "namespace of the lease")
	flags.DurationVar(&election.LeaseDuration, "leader-election-lease-duration", election.LeaseDuration,
		"how long a lease is valid that is not renewed")
	flags.DurationVar(&election.RenewDeadline, "leader-election-renew-deadline", election.RenewDeadline,
		"how long the leader tries to renew it before it gives up")
	flags.DurationVar(&election.RetryPeriod, "leader-election-retry-period", election.RetryPeriod,
		"time between two tries")
}
