package config_test

import (
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/config"
)

func TestParseRefusesWhatItDoesNotKnow(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"empty is fine", "", ""},
		{"all options", "api: a.yaml\nstage: dev\nvariables: {a: b}\nbasePath: split\nbackends:\n- {name: x, command: [go, run, .], ready: 'tcp://127.0.0.1:1', environment: {A: b}}", ""},
		{"unknown option", "stagee: dev", "field stagee not found"},
		{"stage", "stage: a b", "stage name"},
		{"variable name", "variables: {a-b: c}", "stage variable name"},
		{"variable value", "variables: {a: 'b c'}", "stage variable a"},
		{"base path", "basePath: keep", "must be ignore, prepend or split"},
		{"no command", "backends: [{name: x}]", "command is missing"},
		{"no name", "backends: [{command: [x]}]", "must be one word"},
		{"same name", "backends: [{name: x, command: [x]}, {name: x, command: [x]}]", "is taken"},
		{"ready", "backends: [{name: x, command: [x], ready: 'ftp://x'}]", "ready"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := config.Parse("gatehouse.yaml", []byte(c.text))
			switch {
			case c.want == "" && err != nil:
				t.Error(err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("api: a.yaml\nbackends: [{name: x, command: [x]}]"))
	f.Fuzz(func(_ *testing.T, data []byte) { _, _ = config.Parse("f", data) })
}
