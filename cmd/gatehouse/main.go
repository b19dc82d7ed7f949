// Command gatehouse is the self-hosted Amazon API Gateway.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/gatehouse-gateway/gatehouse/internal/app"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

// Exit codes that scripts can trust.
const (
	exitFailed = 1 // the command could not do what was asked
	exitUsage  = 2 // the command line is wrong
)

type commandLine struct {
	Serve    serveCommand    `cmd:"" help:"Run the gateway with its management API and its state."`
	Keys     keysCommand     `cmd:"" help:"Work with the access keys of management calls."`
	Layer    layerCommand    `cmd:"" help:"Import layers of other accounts, list and remove layers."`
	Backup   backupCommand   `cmd:"" help:"Write the state to a file, also while a server runs."`
	Restore  restoreCommand  `cmd:"" help:"Put a backup into an empty data directory."`
	Health   healthCommand   `cmd:"" name:"healthcheck" help:"Ask the server of a data directory whether it serves; exit code 1 if not."`
	Dev      devCommand      `cmd:"" help:"Serve an API document on this machine and reload it on change."`
	Invoke   invokeCommand   `cmd:"" help:"Run a function of a project once."`
	Lint     lintCommand     `cmd:"" help:"Find what in documents and templates does not do what it seems to."`
	Render   renderCommand   `cmd:"" help:"Run a mapping template on a sample request."`
	Template templateCommand `cmd:"" help:"Work with mapping templates."`
	Doctor   doctorCommand   `cmd:"" help:"Say what isolates functions on this machine, and which engines run them."`
	Version  versionCommand  `cmd:"" help:"Print the version."`
}

type devCommand struct {
	File           string            `arg:"" help:"OpenAPI document, or a folder that holds one."`
	GatewayAddr    string            `help:"Address to serve at." default:"127.0.0.1:8080" env:"GATEHOUSE_GATEWAY_ADDR"`
	Stage          string            `help:"Stage name (default: the configuration file's, else dev)." placeholder:"NAME"`
	Var            map[string]string `help:"Stage variable; may be repeated." placeholder:"NAME=VALUE" mapsep:"none"`
	Quiet          bool              `help:"Print no line per request."`
	ExecutionLog   string            `help:"Print the execution log of every request: off, error, info, or trace, which adds headers, bodies and template traces." enum:"off,error,info,trace" default:"off"`
	TraceTemplates bool              `help:"Print what the mapping templates of every request do, step by step; credentials are left out."`
	Front          string            `help:"HTTP front: gatehouse (own HTTP/1.1) or standard (net/http)." enum:"gatehouse,standard" default:"gatehouse"`
}

// Run serves until SIGINT or SIGTERM, then drains; a second signal ends it at once.
func (c *devCommand) Run() error {
	ctx, stop := untilSignal()
	defer stop()
	app.TuneMemory()
	return app.Dev(ctx, app.DevOptions{
		Path: c.File, GatewayAddr: c.GatewayAddr, Stage: c.Stage, Variables: c.Var, Quiet: c.Quiet,
		ExecutionLog: strings.ToUpper(c.ExecutionLog), TraceTemplates: c.TraceTemplates, StandardFront: c.Front == "standard", Out: os.Stdout,
	})
}

// untilSignal returns a context that ends with the first SIGINT or SIGTERM. The second one has its usual effect, however
// soon it comes.
func untilSignal() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		cancel()
		second := <-signals
		signal.Reset()
		if s, ok := second.(syscall.Signal); !ok || syscall.Kill(os.Getpid(), s) != nil {
			os.Exit(exitFailed)
		}
	}()
	return ctx, cancel
}

type versionCommand struct{}

// Run prints the version.
func (versionCommand) Run() error {
	fmt.Println("gatehouse " + app.Version())
	return nil
}

func main() {
	var cli commandLine
	parser := kong.Must(&cli, kong.Name("gatehouse"),
		kong.Description("The open, self-hosted Amazon API Gateway."), kong.UsageOnError())
	describeServe(parser)
	command, err := parser.Parse(os.Args[1:])
	if err != nil {
		fmt.Fprintf(os.Stderr, "gatehouse: %v\nRun gatehouse --help for what there is.\n", err)
		os.Exit(exitUsage)
	}
	if err := command.Run(); err != nil {
		report(err)
		os.Exit(exitFailed)
	}
}

// report prints an error; of several problems, each on its own line.
func report(err error) {
	var problems definition.Problems
	if !errors.As(err, &problems) {
		fmt.Fprintf(os.Stderr, "gatehouse: %v\n", err)
		return
	}
	lines := make([]string, len(problems))
	for i, p := range problems {
		lines[i] = p.Error()
	}
	count := "1 problem"
	if len(problems) > 1 {
		count = fmt.Sprintf("%d problems", len(problems))
	}
	fmt.Fprintf(os.Stderr, "%s\ngatehouse: %s in the document\n", strings.Join(lines, "\n"), count)
}
