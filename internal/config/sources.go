package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Sources are where the options of Serve come from. A flag is stronger than the environment, that than the file, that
// than the default.
type Sources struct {
	Flags  map[string]string // by option; only those that were given
	Getenv func(name string) string
	File   string // path; "": none
}

// Read gathers the options. Every error names the source of what is wrong.
func (src Sources) Read() (*Serve, error) {
	file := map[string]setting{}
	if src.File != "" {
		data, err := readFile(src.File)
		if err != nil {
			return nil, fmt.Errorf("configuration: %w", err)
		}
		if file, err = parseServe(src.File, data); err != nil {
			return nil, err
		}
	}
	s := new(Serve)
	for _, o := range Options() {
		value, from := o.Default, "default"
		if f, ok := file[o.Name]; ok {
			value, from = f.text, fmt.Sprintf("%s:%d", src.File, f.line)
		}
		if v := src.Getenv(o.Env()); v != "" {
			value, from = v, o.Env()
		}
		if v, ok := src.Flags[o.Name]; ok {
			value, from = v, "--"+o.Name
		}
		if err := o.set(s, value); err != nil {
			return nil, fmt.Errorf("%s: %s %w", from, o.Name, err)
		}
	}
	if err := s.check(); err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	return s, s.clean()
}

// setting is the value of an option in a file.
type setting struct {
	text string
	line int
}

// parseServe reads a file: a mapping of options, each once.
func parseServe(name string, data []byte) (map[string]setting, error) {
	var root yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(data))
	switch err := dec.Decode(&root); {
	case errors.Is(err, io.EOF):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: only one document is expected", name)
	}
	top := root.Content[0]
	if top.Tag == "!!null" {
		return nil, nil
	}
	if top.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("%s:%d: must be a mapping of options", name, top.Line)
	}
	options := Options()
	found := make(map[string]setting)
	for i := 0; i < len(top.Content); i += 2 {
		key, value := top.Content[i], top.Content[i+1]
		if !slices.ContainsFunc(options, func(o Option) bool { return o.Name == key.Value }) {
			return nil, fmt.Errorf("%s:%d: unknown option %q", name, key.Line, key.Value)
		}
		if _, twice := found[key.Value]; twice {
			return nil, fmt.Errorf("%s:%d: option %q is set twice", name, key.Line, key.Value)
		}
		text, err := settingText(key.Value, value)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, value.Line, err)
		}
		found[key.Value] = setting{text, value.Line}
	}
	return found, nil
}

// settingText is the value of an option as a flag would give it.
func settingText(name string, n *yaml.Node) (string, error) {
	switch {
	case n.Kind == yaml.MappingNode && (name == "limit" || name == "aws-endpoints"):
		var pairs []string
		for i := 0; i < len(n.Content); i += 2 {
			if n.Content[i].Kind != yaml.ScalarNode || n.Content[i+1].Kind != yaml.ScalarNode {
				return "", fmt.Errorf("%s: must be a mapping of names to single values", name)
			}
			pairs = append(pairs, n.Content[i].Value+"="+n.Content[i+1].Value)
		}
		return strings.Join(pairs, ","), nil
	case n.Kind != yaml.ScalarNode:
		return "", fmt.Errorf("%s: must be one value", name)
	case n.Tag == "!!null":
		return "", fmt.Errorf("%s: has no value", name)
	}
	return n.Value, nil
}

// texts reads NAME=VALUE,….
func texts(text string) (map[string]string, error) {
	if text == "" {
		return nil, nil
	}
	all := make(map[string]string)
	for pair := range strings.SplitSeq(text, ",") {
		name, value, ok := strings.Cut(pair, "=")
		if name, value = strings.TrimSpace(name), strings.TrimSpace(value); !ok || name == "" || value == "" {
			return nil, fmt.Errorf("%q: must be NAME=VALUE", pair)
		}
		if _, twice := all[name]; twice {
			return nil, fmt.Errorf("%q is set twice", name)
		}
		all[name] = value
	}
	return all, nil
}

func textsText(all map[string]string) string {
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		pairs = append(pairs, name+"="+all[name])
	}
	return strings.Join(pairs, ",")
}

// numbers reads NAME=NUMBER,….
func numbers(text string) (map[string]int64, error) {
	values, err := texts(text)
	if err != nil || values == nil {
		return nil, err
	}
	all := make(map[string]int64, len(values))
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if all[name], err = strconv.ParseInt(values[name], 10, 64); err != nil {
			return nil, fmt.Errorf("%q: must be NAME=NUMBER", name+"="+values[name])
		}
	}
	return all, nil
}

func numbersText(all map[string]int64) string {
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		pairs = append(pairs, name+"="+strconv.FormatInt(all[name], 10))
	}
	return strings.Join(pairs, ",")
}

// Changed lists the options that differ between two configurations, those that change while the server runs and those that
// need a restart.
func Changed(before, after *Serve) (live, restart []string) {
	for _, o := range Options() {
		switch {
		case o.get(before) == o.get(after):
		case o.Live:
			live = append(live, o.Name)
		default:
			restart = append(restart, o.Name)
		}
	}
	return live, restart
}
