package openapi

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

// partFields are the types of documentation parts, and what a location of each may have besides its type.
// Spec: control-plane 14.4.
var partFields = map[string][]string{
	"API":             nil,
	"AUTHORIZER":      {"name"},
	"MODEL":           {"name"},
	"RESOURCE":        {"path"},
	"METHOD":          {"path", "method"},
	"PATH_PARAMETER":  {"path", "method", "name"},
	"QUERY_PARAMETER": {"path", "method", "name"},
	"REQUEST_HEADER":  {"path", "method", "name"},
	"REQUEST_BODY":    {"path", "method"},
	"RESPONSE":        {"path", "method", "statusCode"},
	"RESPONSE_BODY":   {"path", "method", "statusCode"},
	"RESPONSE_HEADER": {"path", "method", "statusCode", "name"},
}

// partTypes are the types of documentation parts in the service's order. Recorded.
var partTypes = []string{
	"RESPONSE_BODY", "RESPONSE", "METHOD", "MODEL", "AUTHORIZER", "RESPONSE_HEADER", "RESOURCE", "PATH_PARAMETER", "REQUEST_BODY",
	"QUERY_PARAMETER", "API", "REQUEST_HEADER",
}

// CheckLocation says what is wrong with the location of a documentation part: members type, path, method, statusCode and
// name. Spec: control-plane 14.4; the texts are ours (unconfirmed), but for the list of types.
func CheckLocation(location map[string]string) error {
	kind := location["type"]
	fields, known := partFields[kind]
	if !known {
		return fmt.Errorf("%q is not a type of documentation part: [%s]%s", kind, strings.Join(partTypes, ", "), didYouMean(kind, partTypes))
	}
	for _, name := range slices.Sorted(maps.Keys(location)) {
		if name != "type" && !slices.Contains(fields, name) {
			return fmt.Errorf("Invalid documentation part location: a part of type '%s' has no '%s'", kind, name)
		}
	}
	return checkLocationValues(location, slices.Contains(fields, "name"))
}

func checkLocationValues(location map[string]string, named bool) error {
	if named && location["name"] == "" {
		return fmt.Errorf("Invalid documentation part location: a part of type '%s' needs a 'name'", location["type"])
	}
	if path := location["path"]; path != "" && path[0] != '/' {
		return fmt.Errorf("Invalid documentation part location: the path '%s' does not begin with '/'", path)
	}
	if m := location["method"]; m != "" && m != "*" && !slices.Contains(integrationVerbs, m) {
		return fmt.Errorf("Invalid documentation part location: '%s' is not a method; valid options are %s,*", m, strings.Join(integrationVerbs, ","))
	}
	if s := location["statusCode"]; s != "" && s != "*" && !isStatus(s) {
		return fmt.Errorf("Invalid documentation part location: '%s' is not a status code", s)
	}
	return nil
}

// completeLocation fills in what a location in a document may leave out. Recorded for the path.
func completeLocation(at map[string]string) {
	defaults := map[string]string{"path": "/", "method": "*", "statusCode": "*"}
	for _, field := range partFields[at["type"]] {
		if value, ok := defaults[field]; ok && at[field] == "" {
			at[field] = value
		}
	}
}

// PartExists is the text for a second part at one place. Spec: control-plane 14.4; the tail is unconfirmed.
func PartExists(at map[string]string) string {
	text := "Documentation part already exists for the specified location: type '" + at["type"] + "'"
	for _, field := range []string{"path", "method", "statusCode", "name"} {
		if at[field] != "" {
			text += ", " + field + " '" + at[field] + "'"
		}
	}
	return text + "."
}

// ErrDocumentation is the answer to a body of ImportDocumentationParts that is no API definition. Recorded.
var ErrDocumentation = errors.New("Unable to build importer with provided input.")

// ParseDocumentation reads the documentation parts of an API definition, as ImportDocumentationParts does: the listed ones
// and those that descriptions make. Problems elsewhere in the document do not matter. Errors are ErrDocumentation or, with
// FailOnWarnings too, those of the parts as one text.
func ParseDocumentation(data []byte, o Options) (parts []definition.DocumentationPart, warnings []string, err error) {
	fail := o.FailOnWarnings
	o.IgnoreDocumentation, o.FailOnWarnings, o.Tolerant = false, false, true
	im := newImporter(o)
	if len(data) > im.options.MaxBytes {
		return nil, nil, ErrDocumentation
	}
	f := im.parse("", data, false)
	if f == nil || len(im.problems) > 0 {
		return nil, nil, ErrDocumentation
	}
	im.run(f)
	if im.document == nil {
		return nil, nil, ErrDocumentation
	}
	about := Import{}
	for _, w := range distinct(im.warnings) {
		if ofDocumentation(w.Origin) {
			about.Warnings = append(about.Warnings, w)
		}
	}
	problems := slices.DeleteFunc(distinct(im.problems), func(p definition.Problem) bool { return !ofDocumentation(p.Origin) })
	switch {
	case len(problems) > 0:
		return nil, nil, errors.New(about.Refusal(definition.Problems(problems)))
	case fail && len(about.Warnings) > 0:
		return nil, nil, errors.New(indented("Warnings found during import:", about.WarningTexts()))
	}
	return im.document.parts, about.WarningTexts(), nil
}

func ofDocumentation(at definition.Origin) bool {
	return strings.HasPrefix(at.Path, "$."+extension+"documentation")
}

// MergeDocumentation adds the parts from to old, as the mode merge does: a part at a place that has one replaces its
// properties and takes its id. ids are those of the parts from, in their order. Neither argument is changed.
func MergeDocumentation(old, from []definition.DocumentationPart) (all []definition.DocumentationPart, ids []string) {
	all = slices.Clone(old)
	at := make(map[string]int, len(all))
	for i, p := range all {
		at[placeKey(p.Location)] = i
	}
	for _, p := range from {
		key := placeKey(p.Location)
		if i, there := at[key]; there {
			p.ID = all[i].ID
			all[i] = p
		} else {
			at[key] = len(all)
			all = append(all, p)
		}
		ids = append(ids, p.ID)
	}
	return all, ids
}
