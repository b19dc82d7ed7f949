package main

import (
	"context"
	"os"
	"os/signal"
	"reflect"
	"strconv"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/gatehouse-gateway/gatehouse/internal/app"
	"github.com/gatehouse-gateway/gatehouse/internal/config"
)

// serveCommand has a flag for every option of config.Options: nil when it was not given.
type serveCommand struct {
	Config                 string  `help:"File with options, YAML; see packaging/gatehouse.yaml." placeholder:"FILE" env:"GATEHOUSE_CONFIG"`
	DataDir                *string `placeholder:"DIR"`
	ControlAddr            *string `placeholder:"ADDR"`
	GatewayAddr            *string `placeholder:"ADDR"`
	Account                *string `placeholder:"ID"`
	Region                 *string `placeholder:"NAME"`
	InsecureAnyCredentials *bool   `negatable:""`
	Ephemeral              *bool   `negatable:""`
	FunctionCredentials    *string `placeholder:"FILE"`
	Grace                  *string `placeholder:"TIME"`
	LogFormat              *string `placeholder:"FORMAT"`
	LogLevel               *string `placeholder:"LEVEL"`
	LimitsProfile          *string `placeholder:"NAME"`
	Limit                  *string `placeholder:"NAME=VALUE,…"`
	AWSEndpoints           *string `name:"aws-endpoints" placeholder:"SERVICE=ADDRESS,…"`
	AWSCredentials         *string `name:"aws-credentials" placeholder:"FILE"`
	FunctionURLBase        *string `name:"function-url-base" placeholder:"URL"`
	AsyncRetryDelays       *string `placeholder:"TIME,…"`
	FunctionIsolation      *string `placeholder:"LEVEL"`
	JavaRuntimeClient      *string `placeholder:"DIR"`
	FunctionNetwork        *string `placeholder:"NETWORK"`
	ControlTLSCert         *string `name:"control-tls-cert" placeholder:"FILE"`
	ControlTLSKey          *string `name:"control-tls-key" placeholder:"FILE"`
	GatewayTLSCert         *string `name:"gateway-tls-cert" placeholder:"FILE"`
	GatewayTLSKey          *string `name:"gateway-tls-key" placeholder:"FILE"`
}

// Run serves until SIGINT or SIGTERM, then drains; a second signal ends it at once. SIGHUP reloads.
func (c *serveCommand) Run() error {
	ctx, stop := untilSignal()
	defer stop()
	reload := make(chan os.Signal, 1)
	signal.Notify(reload, syscall.SIGHUP)
	defer signal.Stop(reload)
	app.TuneMemory()
	src := config.Sources{Flags: c.given(), Getenv: os.Getenv, File: c.Config}
	return app.Serve(ctx, app.ServeOptions{Read: src.Read, Reload: asReloads(ctx, reload), Out: os.Stdout, Log: os.Stderr})
}

// asReloads passes signals on until ctx ends.
func asReloads(ctx context.Context, signals <-chan os.Signal) <-chan struct{} {
	reloads := make(chan struct{})
	go func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-signals:
			}
			select {
			case <-ctx.Done():
				return
			case reloads <- struct{}{}:
			}
		}
	}()
	return reloads
}

// given are the flags of the command line, by option.
func (c *serveCommand) given() map[string]string {
	flags := make(map[string]string)
	v := reflect.ValueOf(*c)
	for i := range v.NumField() {
		switch value := v.Field(i).Interface().(type) {
		case *string:
			if value != nil {
				flags[flagName(v.Type().Field(i))] = *value
			}
		case *bool:
			if value != nil {
				flags[flagName(v.Type().Field(i))] = strconv.FormatBool(*value)
			}
		}
	}
	return flags
}

// flagName is the name of a field's flag: kebab case, or the one in its tag.
func flagName(f reflect.StructField) string {
	if name := f.Tag.Get("name"); name != "" {
		return name
	}
	var b strings.Builder
	for i, r := range f.Name {
		if i > 0 && r >= 'A' && r <= 'Z' {
			b.WriteByte('-')
		}
		b.WriteRune(r)
	}
	return strings.ToLower(b.String())
}

// describeServe gives the flags of serve the help of their options.
func describeServe(k *kong.Kong) {
	for _, command := range k.Model.Children {
		if command.Name != "serve" {
			continue
		}
		for _, o := range config.Options() {
			for _, f := range command.Flags {
				if f.Name == o.Name {
					f.Help = o.Help
					if o.Default != "" && o.Default != "false" {
						f.Help += " Default: " + o.Default + "."
					}
					f.Help += " ($" + o.Env() + ")"
				}
			}
		}
	}
}
