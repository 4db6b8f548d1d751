// Command server is Alertmanager without its web page, whose files no Go module carries, and without peers: upstream's
// routing, grouping, inhibition, silences and notifications, wired as upstream's app package wires them.
package main

import (
	"context"
	"errors"
	"flag"
	"log"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/alertmanager/api"
	"github.com/prometheus/alertmanager/config"
	"github.com/prometheus/alertmanager/config/receiver"
	"github.com/prometheus/alertmanager/dispatch"
	"github.com/prometheus/alertmanager/eventrecorder"
	"github.com/prometheus/alertmanager/featurecontrol"
	"github.com/prometheus/alertmanager/httpserver"
	"github.com/prometheus/alertmanager/inhibit"
	"github.com/prometheus/alertmanager/marker"
	"github.com/prometheus/alertmanager/nflog"
	"github.com/prometheus/alertmanager/notify"
	"github.com/prometheus/alertmanager/provider/mem"
	"github.com/prometheus/alertmanager/silence"
	"github.com/prometheus/alertmanager/template"
	"github.com/prometheus/alertmanager/timeinterval"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/prometheus/common/model"
	"github.com/prometheus/common/route"
)

const (
	retention   = 120 * time.Hour
	maintenance = 15 * time.Minute
)

func main() {
	file := flag.String("config.file", "alertmanager.yml", "configuration")
	address := flag.String("web.listen-address", "127.0.0.1:9093", "address to listen on")
	data := flag.String("storage.path", "data", "directory of silences and of what was told already")
	flag.Parse()
	if err := run(*file, *address, *data); err != nil {
		log.Fatal(err)
	}
}

func run(file, address, data string) error {
	logger := slog.New(slog.NewTextHandler(os.Stderr, nil))
	reg, flags := prometheus.DefaultRegisterer, featurecontrol.NoopFlags{}
	var events eventrecorder.Recorder
	conf, err := config.LoadFile(file)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(data, 0o700); err != nil {
		return err
	}
	stop := make(chan struct{})
	defer close(stop)

	told, err := nflog.New(nflog.Options{
		SnapshotFile: filepath.Join(data, "nflog"), Retention: retention, Logger: logger, Metrics: reg,
	})
	if err != nil {
		return err
	}
	go told.Maintenance(maintenance, filepath.Join(data, "nflog"), stop, nil)
	silences, err := silence.New(silence.Options{
		SnapshotFile: filepath.Join(data, "silences"), Retention: retention, Logger: logger, Metrics: reg, EventRecorder: events,
	})
	if err != nil {
		return err
	}
	go silences.Maintenance(maintenance, filepath.Join(data, "silences"), stop, nil)
	silencer := silence.NewSilencer(silences, logger, events)
	alerts, err := mem.NewAlerts(context.Background(), 30*time.Minute, 0, silencer, logger, events, reg, flags)
	if err != nil {
		return err
	}
	defer alerts.Close()

	outside := &url.URL{Scheme: "http", Host: address}
	tmpl, err := template.FromGlobs(conf.Templates)
	if err != nil {
		return err
	}
	tmpl.ExternalURL = outside
	integrations, err := integrationsOf(conf, tmpl, logger)
	if err != nil {
		return err
	}
	inhibitor := inhibit.NewInhibitor(alerts, conf.InhibitRules, logger, events)
	go inhibitor.Run()
	defer inhibitor.Stop()
	inhibitor.WaitForLoading()

	groups := marker.NewGroupMarker()
	alone := func() time.Duration { return 0 }
	pipeline := notify.NewPipelineBuilder(reg, flags, events).New(
		integrations, alone, inhibitor, silencer, timeinterval.NewIntervener(intervalsOf(conf)), groups, told, nil,
	)
	atLeast := func(d time.Duration) time.Duration { return max(d, notify.MinTimeout) }
	dispatcher := dispatch.NewDispatcher(
		alerts, dispatch.NewRoute(conf.Route, nil), pipeline, groups, atLeast, 30*time.Second, nil, logger, events,
		dispatch.NewDispatcherMetrics(false, reg, flags), tmpl,
	)
	go dispatcher.Run(time.Now())
	defer dispatcher.Stop()
	dispatcher.WaitForLoading()

	web, err := api.New(api.Options{
		Alerts: alerts, Silences: silences, GroupMutedFunc: groups.Muted, Logger: logger, Registry: reg,
		RequestDuration: promauto.With(reg).NewHistogramVec(
			prometheus.HistogramOpts{Name: "alertmanager_http_request_duration_seconds", Help: "Latencies of requests."},
			[]string{"handler", "method", "code"},
		),
		GroupFunc: func(
			ctx context.Context, routes func(*dispatch.Route) bool, which func(*alert.Alert, time.Time) bool,
		) (dispatch.AlertGroups, map[model.Fingerprint][]string, error) {
			return dispatcher.Groups(ctx, routes, which)
		},
	})
	if err != nil {
		return err
	}
	web.Update(conf, func(ctx context.Context, labels model.LabelSet) {
		inhibitor.Mutes(ctx, labels)
		silencer.Mutes(ctx, labels)
	})
	router := route.New()
	reloads := make(chan chan error)
	go func() {
		for answer := range reloads {
			answer <- errors.New("this build reads its configuration when it starts, and only then")
		}
	}()
	httpserver.Register(router, reloads)
	server := &http.Server{Addr: address, Handler: web.Register(router, "/"), ReadHeaderTimeout: 10 * time.Second}
	ending, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	go func() {
		<-ending.Done()
		_ = server.Close()
	}()
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		return err
	}
	return nil
}

func integrationsOf(conf *config.Config, tmpl *template.Template, logger *slog.Logger) (map[string][]notify.Integration, error) {
	made := make(map[string][]notify.Integration, len(conf.Receivers))
	for _, each := range conf.Receivers {
		integrations, err := receiver.BuildReceiverIntegrations(each, tmpl, logger)
		if err != nil {
			return nil, err
		}
		made[each.Name] = integrations
	}
	return made, nil
}

func intervalsOf(conf *config.Config) map[string][]timeinterval.TimeInterval {
	intervals := make(map[string][]timeinterval.TimeInterval, len(conf.TimeIntervals))
	for _, each := range conf.TimeIntervals {
		intervals[each.Name] = each.TimeIntervals
	}
	return intervals
}
