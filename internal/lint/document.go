package lint

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/openapi"
)

// Options say what is known besides the documents.
type Options struct {
	// Variables are the stage variables; nil: not known, and every name is accepted.
	Variables map[string]string
	// BasePath is what becomes of a document's base path, as for an import.
	BasePath string
	// ReadFile reads every file; nil means os.ReadFile.
	ReadFile func(path string) ([]byte, error)
}

// linter collects the findings of one document or template.
type linter struct {
	options  Options
	files    map[string]*source
	findings []Finding
	at       map[spot]bool
	api      *definition.RestAPI
	schemas  map[string]string // of the models, by name
	bodies   map[string]*shape // of the models
	spelt    map[string]bool   // files and folders whose letter case was looked at
}

// spot is a line with a finding of a rule.
type spot struct {
	file string
	line int
	rule string
}

func newLinter(o Options) *linter {
	if o.ReadFile == nil {
		o.ReadFile = os.ReadFile
	}
	return &linter{options: o, files: map[string]*source{}, at: map[spot]bool{}, bodies: map[string]*shape{}, spelt: map[string]bool{}}
}

// add keeps a finding unless it is silenced.
func (l *linter) add(at place, rule string, as Severity, message string) {
	if len(l.findings) >= maxFindings {
		return
	}
	l.at[spot{at.file, at.line, rule}] = true
	if l.silenced(at, rule) {
		return
	}
	l.findings = append(l.findings, Finding{at.file, at.line, at.col, as, rule, message})
}

func (l *linter) addf(at place, rule, format string, args ...any) {
	r, _ := ruleOf(rule)
	l.add(at, rule, r.Severity, fmt.Sprintf(format, args...))
}

// reported tells whether the line has a finding of that rule, silenced or not.
func (l *linter) reported(at place, rule string) bool { return l.at[spot{at.file, at.line, rule}] }

func (l *linter) silenced(at place, rule string) bool {
	if at.template != nil && at.template.silences(at.tline, rule) {
		return true
	}
	s := l.files[at.file]
	if s == nil {
		return false
	}
	for _, line := range append([]int{at.line}, at.lines...) {
		if s.silences(line, rule) {
			return true
		}
	}
	return s.silencedAt(at.inside, rule)
}

// file reads a file of the document, once. Nil: it cannot be read.
func (l *linter) file(name string) *source {
	if s, ok := l.files[name]; ok {
		return s
	}
	var s *source
	if data, err := l.options.ReadFile(name); err == nil {
		s = readSource(name, data)
		s.findIgnores(s.root, 0)
	}
	l.files[name] = s
	return s
}

// Document lints the OpenAPI document at path with all its files.
func Document(path string, o Options) []Finding {
	l := newLinter(o)
	imported, err := openapi.Load(path, openapi.Options{BasePath: o.BasePath, ReadFile: o.ReadFile, IgnoreDocumentation: true})
	for _, name := range imported.Files {
		if l.file(name) != nil {
			l.letterCase(name)
		}
	}
	for _, p := range definition.ProblemsOf(err) {
		l.problem(p)
	}
	for _, w := range imported.Warnings {
		if !strings.HasPrefix(w.Message, "the method declares no response ") { // undeclared-response says it
			l.addf(l.placeOf(w.Origin), ruleImportWarning, "%s", withPath(w.Origin, w.Message))
		}
	}
	if l.api = imported.API; l.api != nil {
		l.lintAPI()
	}
	l.checkSilencers()
	return Sort(l.findings)
}

// problem turns what an import refuses into a finding.
func (l *linter) problem(p definition.Problem) {
	rule := ruleImport
	switch {
	case strings.Contains(p.Message, "Invalid mapping expression parameter specified"):
		rule = ruleUndeclaredParam
	case strings.HasPrefix(p.Message, "file ") && caseSlip(p.Message):
		rule = ruleRefCase
	}
	l.addf(l.placeOf(p.Origin), rule, "%s", withPath(p.Origin, p.Message))
}

// withPath puts the JSON path before a message of the importer, which speaks of what stands there.
func withPath(o definition.Origin, message string) string {
	if o.Path == "" {
		return message
	}
	return o.Path + ": " + message
}

// caseSlip reports whether the importer's message proposes the same file in another letter case.
func caseSlip(message string) bool {
	missing, rest, ok := strings.Cut(strings.TrimPrefix(message, "file "), " does not exist; did you mean ")
	return ok && strings.EqualFold(missing, strings.TrimSuffix(rest, "?"))
}

// letterCase reports a file or a folder above it that was found although it is spelt in another letter case: elsewhere it
// would not be.
func (l *linter) letterCase(name string) {
	for path := name; ; path = filepath.Dir(path) {
		dir, base := filepath.Dir(path), filepath.Base(path)
		if dir == path || l.spelt[path] {
			return
		}
		l.spelt[path] = true
		if same := l.otherCase(dir, base); same != "" {
			l.addf(place{file: name, line: 1, col: 1}, ruleRefCase, "a $ref spells %s, but the name is %s: it is not found where letter case counts", base, same)
		}
	}
}

// otherCase is the name in a folder that differs from base in letter case only, when base itself is not there.
func (l *linter) otherCase(dir, base string) (same string) {
	entries, err := os.ReadDir(dir)
	if err != nil || base == "." || base == ".." {
		return ""
	}
	for _, e := range entries {
		if e.Name() == base {
			return ""
		}
		if strings.EqualFold(e.Name(), base) {
			same = e.Name()
		}
	}
	return same
}

// placeOf is the place of a part of the document.
func (l *linter) placeOf(o definition.Origin) place {
	return place{file: o.File, line: o.Line, col: o.Col, inside: o.Path}
}

// below is the place of a member inside of what stands at o, or of o itself when it is behind a reference.
func (l *linter) below(o definition.Origin, names ...string) place {
	at := l.placeOf(o)
	for i := range names {
		n := l.file(o.File).at(o).get(names[:i+1]...)
		if n == nil {
			break
		}
		at.lines = append(at.lines, at.line)
		at.line, at.col, at.inside = n.key[0], n.key[1], at.inside+member(names[i])
	}
	if len(at.lines) > 0 {
		at.lines = at.lines[1:] // a comment above a method does not silence all that is in it
	}
	return at
}

func (l *linter) lintAPI() {
	l.schemas = make(map[string]string, len(l.api.Models))
	for name, m := range l.api.Models {
		l.schemas[name] = m.Schema
	}
	for r := range l.api.Ordered() {
		for _, verb := range slices.Sorted(maps.Keys(r.Methods)) {
			m := &method{linter: l, resource: r, verb: verb, def: r.Methods[verb], in: r.Methods[verb].Integration}
			m.lint()
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(l.api.GatewayResponses)) {
		l.gatewayResponse(l.api.GatewayResponses[kind])
	}
	l.validators()
}

// modelBody is the shape of a model's bodies.
func (l *linter) modelBody(name string) *shape {
	if s, ok := l.bodies[name]; ok {
		return s
	}
	s := ofModel(l.schemas[name], l.schemas)
	l.bodies[name] = s
	return s
}

// Template lints a mapping template that is a file of its own.
func Template(name string, text []byte, response bool, o Options) []Finding {
	l := newLinter(o)
	lines := strings.Split(string(text), "\n")
	l.files[name] = &source{name: name, lines: lines, silencers: readSilencers(lines)}
	t := &template{linter: l, text: string(text), response: response,
		place: func(line, col int) place { return place{file: name, line: line, col: col} }}
	t.lint()
	l.checkSilencers()
	return Sort(l.findings)
}
