package main

import (
	"slices"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/gatehouse-gateway/gatehouse/internal/config"
)

// TestEveryOptionOfServeIsAFlag compares the command line with the options, both ways.
func TestEveryOptionOfServeIsAFlag(t *testing.T) {
	var cli commandLine
	parser := kong.Must(&cli, kong.Name("gatehouse"))
	describeServe(parser)
	var flags []string
	for _, command := range parser.Model.Children {
		if command.Name != "serve" {
			continue
		}
		for _, f := range command.Flags {
			if f.Name == "help" || f.Name == "config" {
				continue
			}
			flags = append(flags, f.Name)
			if f.Help == "" {
				t.Errorf("--%s has no help", f.Name)
			}
		}
	}
	var options []string
	for _, o := range config.Options() {
		options = append(options, o.Name)
	}
	slices.Sort(flags)
	slices.Sort(options)
	if !slices.Equal(flags, options) {
		t.Errorf("flags are\n%v\noptions are\n%v", flags, options)
	}
}

func TestOnlyFlagsOfTheCommandLineCount(t *testing.T) {
	var cli commandLine
	parser := kong.Must(&cli, kong.Name("gatehouse"))
	if _, err := parser.Parse([]string{"serve", "--region", "eu-west-1", "--no-ephemeral", "--control-tls-cert", "c"}); err != nil {
		t.Fatal(err)
	}
	got := cli.Serve.given()
	if len(got) != 3 || got["region"] != "eu-west-1" || got["ephemeral"] != "false" || got["control-tls-cert"] != "c" {
		t.Errorf("got %v", got)
	}
}
