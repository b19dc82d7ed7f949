package openapi

import (
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

// Refusal writes err, which came with this import, as the service does in a BadRequestException: a document that is none
// gets one sentence, everything else a line for each problem. Spec: control-plane 10.1, recorded.
//
//	Errors found during import:
//		Unable to put integration on 'GET' for resource at path '/pets': Invalid HTTP endpoint specified for URI
//	Additionally, these warnings were found:
//		…
func (i *Import) Refusal(err error) string {
	problems := definition.ProblemsOf(err)
	if len(problems) == 0 {
		return err.Error()
	}
	if i.warned {
		return indented("Warnings found during import:", i.WarningTexts())
	}
	lines := make([]string, len(problems))
	for n, p := range problems {
		if strings.HasPrefix(p.Message, InvalidInput) {
			return InvalidInput
		}
		lines[n] = finding(p.Origin.Path, p.Message)
	}
	text := indented("Errors found during import:", distinct(lines))
	if warnings := i.WarningTexts(); len(warnings) > 0 {
		text += "\n" + indented("Additionally, these warnings were found:", warnings)
	}
	return text
}

// WarningTexts are the warnings as the service writes them; the API shows them as warnings.
func (i *Import) WarningTexts() []string {
	var texts []string
	for _, w := range i.Warnings {
		texts = append(texts, finding(w.Origin.Path, w.Message))
	}
	return distinct(texts)
}

func indented(title string, lines []string) string {
	return title + "\n\t" + strings.Join(lines, "\n\t")
}

// finding says what the import was doing when it met the thing at this JSON path. What stands behind a reference has
// lost its operation; then its own place is named.
func finding(path, message string) string {
	p := elements(path)
	at := func(i int) string {
		if i < len(p) {
			return p[i]
		}
		return ""
	}
	verb := strings.ToUpper(at(2))
	if at(2) == extension+"any-method" {
		verb = "ANY"
	}
	switch {
	case len(p) == 0, strings.HasPrefix(message, "Reference to model "):
		return message
	case at(0) == "paths" && at(3) == extension+"integration" && at(4) == "responses":
		return "Unable to put integration response on '" + verb + "' for resource at path '" + at(1) + "': " + message
	case at(0) == "paths" && at(3) == extension+"integration":
		return "Unable to put integration on '" + verb + "' for resource at path '" + at(1) + "': " + message
	case at(0) == "paths" && len(p) > 2 && at(2) != "parameters":
		return "Unable to put method '" + verb + "' on resource at path '" + at(1) + "': " + message
	case at(0) == "paths" && len(p) > 1:
		return "Unable to create resource at path '" + at(1) + "': " + message
	}
	if kind, name := part(p); name != "" {
		return "Unable to create " + kind + " '" + name + "': " + message
	}
	return "Parse issue: attribute " + strings.Join(p, ".") + ": " + message
}

// part names the part of an API that stands at these path elements. The first two texts are the service's.
func part(p []string) (kind, name string) {
	if len(p) > 2 && p[0] == "components" {
		p = p[1:]
	}
	if len(p) < 2 {
		return "", ""
	}
	switch p[0] {
	case "schemas", "definitions":
		return "model for", p[1]
	case "securitySchemes", "securityDefinitions":
		return "authorizer", p[1]
	case extension + "gateway-responses":
		return "gateway response", p[1]
	case extension + "request-validators":
		return "request validator", p[1]
	}
	return "", ""
}

// elements takes a JSON path as [node.path] writes it apart, without $.
func elements(path string) (all []string) {
	path = strings.TrimPrefix(path, "$")
	for path != "" {
		var element string
		switch {
		case strings.HasPrefix(path, "['"):
			element, path = bracketed(path[2:])
		case path[0] == '[':
			element, path, _ = strings.Cut(path[1:], "]")
		default:
			path = strings.TrimPrefix(path, ".")
			end := strings.IndexAny(path, ".[")
			if end < 0 {
				end = len(path)
			}
			element, path = path[:end], path[end:]
		}
		all = append(all, element)
	}
	return all
}

// bracketed reads up to '] and takes the backslashes of quoting out.
func bracketed(s string) (element, rest string) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		case strings.HasPrefix(s[i:], "']"):
			return b.String(), s[i+2:]
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String(), ""
}
