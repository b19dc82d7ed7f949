package openapi

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"

	"github.com/gatehouse-gateway/gatehouse/jsontree"
)

// appendPretty appends v as JSON with two blanks a level, blanks around colons, and lists on one line but for the objects
// in them: the layout of the service's exports.
func appendPretty(dst []byte, v jsontree.Value, depth int) []byte {
	switch v := v.(type) {
	case *jsontree.Object:
		if v.Len() == 0 {
			return append(dst, "{ }"...)
		}
		separator := "{"
		for name, value := range v.All() {
			dst = appendLine(append(dst, separator...), depth+1)
			dst = append(jsontree.AppendString(dst, name), " : "...)
			dst = appendPretty(dst, value, depth+1)
			separator = ","
		}
		return append(appendLine(dst, depth), '}')
	case *jsontree.Array:
		dst = append(dst, "[ "...)
		for i, item := range v.Items {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = appendPretty(dst, item, depth)
		}
		if len(v.Items) == 0 {
			return append(dst, ']')
		}
		return append(dst, " ]"...)
	}
	return jsontree.Append(dst, v)
}

func appendLine(dst []byte, depth int) []byte {
	dst = append(dst, '\n')
	for range depth {
		dst = append(dst, "  "...)
	}
	return dst
}

// writeYAML writes v as a YAML document with the same members in the same order.
func writeYAML(v jsontree.Value) ([]byte, error) {
	var out bytes.Buffer
	out.WriteString("---\n")
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	if err := enc.Encode(yamlNode(v)); err != nil {
		return nil, fmt.Errorf("export as YAML: %w", err)
	}
	if err := enc.Close(); err != nil {
		return nil, fmt.Errorf("export as YAML: %w", err)
	}
	return out.Bytes(), nil
}

func yamlNode(v jsontree.Value) *yaml.Node {
	switch v := v.(type) {
	case *jsontree.Object:
		n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		if v.Len() == 0 {
			n.Style = yaml.FlowStyle
		}
		for name, value := range v.All() {
			n.Content = append(n.Content, yamlNode(name), yamlNode(value))
		}
		return n
	case *jsontree.Array:
		n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		if len(v.Items) == 0 {
			n.Style = yaml.FlowStyle
		}
		for _, item := range v.Items {
			n.Content = append(n.Content, yamlNode(item))
		}
		return n
	case string:
		n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: v}
		if needsQuotes(v) {
			n.Style = yaml.DoubleQuotedStyle
		}
		return n
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Value: string(jsontree.Append(nil, v))} // a number, true, false or null
}

// oldWords are booleans and nulls to readers of YAML 1.1, in any letter case.
var oldWords = []string{"y", "n", "yes", "no", "on", "off", "true", "false", "null"}

// needsQuotes reports whether some reader may take a plain text for something else: a number, a date, a time, a word of
// YAML 1.1. In a text of several lines quotes keep blanks at the ends of lines.
func needsQuotes(s string) bool {
	if s != "" && strings.IndexByte("0123456789+-.~=<", s[0]) >= 0 {
		return true
	}
	return strings.ContainsFunc(s, unicode.IsControl) || slices.ContainsFunc(oldWords, func(w string) bool { return strings.EqualFold(w, s) })
}
