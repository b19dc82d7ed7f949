package openapi

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

// Bounds of reading, ours: a document is somebody's upload.
const (
	maxNodes = 1_000_000 // values after anchors are expanded; 6 MB of real documents have some 300,000
	maxDepth = 512       // levels, as for JSON bodies
	maxChain = 64        // references that lead to references
	maxFiles = 2_000     // files of one document
)

// InvalidInput begins every message about a document that is no OpenAPI document
// at all; the management API answers with this text alone. Recorded.
const InvalidInput = "Invalid OpenAPI input."

// loader reads files and follows references between them.
type loader struct {
	options  Options
	files    map[string]*file // nil: could not be read, already reported
	order    []string
	bytes    int
	nodes    int
	visits   int
	problems definition.Problems
	reported map[*node]bool // references that were reported already
	replacer *strings.Replacer
}

// builder is the loader while it reads one file.
type builder struct {
	*loader
	file *file
}

// count takes a node from the budget.
func (b *builder) count(n *node, depth int) bool {
	b.nodes++
	switch {
	case b.nodes > maxNodes:
		b.problems.Addf(n.origin(), InvalidInput+" the document has more than %d values", maxNodes)
	case depth > maxDepth:
		b.problems.Addf(n.origin(), InvalidInput+" the document is nested more than %d levels deep", maxDepth)
	default:
		return true
	}
	return false
}

// add makes child a member of n.
func (b *builder) add(n, child *node) {
	if first := n.get(child.key); first != nil {
		if b.full() {
			return
		}
		b.problems.Addf(child.origin(), "%q is defined twice; first in line %d", child.key, first.line)
		return
	}
	n.members = append(n.members, member{child.key, child})
	if n.index != nil {
		n.index[child.key] = len(n.members) - 1
	}
}

// replace puts in the values that an import knows by itself. Spec: rest-api 21.1.
func (b *builder) replace(s string) string {
	if !strings.Contains(s, "${AWS::") {
		return s
	}
	return b.replacer.Replace(s)
}

// parse reads data as the document called name.
func (l *loader) parse(name string, data []byte, local bool) *file {
	f := &file{name: name, local: local}
	b := &builder{loader: l, file: f}
	src := string(data)
	ext := strings.ToLower(filepath.Ext(name))
	looks := strings.HasPrefix(strings.TrimLeft(strings.TrimPrefix(src, byteOrderMark), " \t\r\n"), "{")
	before := len(l.problems)
	switch {
	case ext == ".json" || looks:
		f.root = readJSON(src, b)
		if f.root == nil && ext != ".json" && looks { // YAML may begin with a brace as well
			asJSON := l.problems
			l.problems = asJSON[:before:before]
			if f.root = readYAML(src, b); f.root == nil {
				l.problems = asJSON
			}
		}
	default:
		f.root = readYAML(src, b)
	}
	if f.root == nil {
		return nil
	}
	return f
}

// open reads the file at path, once. at is where it was asked for.
func (l *loader) open(path string, at definition.Origin) *file {
	path = filepath.Clean(path)
	if f, ok := l.files[path]; ok {
		return f
	}
	l.files[path] = nil
	if len(l.order) >= maxFiles {
		l.problems.Addf(at, "the document has more than %d files", maxFiles)
		return nil
	}
	l.order = append(l.order, path)
	data, err := l.options.ReadFile(path)
	if err != nil {
		l.problems.Addf(at, "%s", unreadable(path, err))
		return nil
	}
	if l.bytes += len(data); l.bytes > l.options.MaxBytes {
		l.problems.Addf(at, "%s: the document is larger than %d bytes with all its files", path, l.options.MaxBytes)
		return nil
	}
	f := l.parse(path, data, true)
	l.files[path] = f
	return f
}

func unreadable(path string, err error) string {
	if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Sprintf("file %s cannot be read: %v", path, err)
	}
	if other := existing(path); other != "" {
		return fmt.Sprintf("file %s does not exist; did you mean %s?", path, other)
	}
	return fmt.Sprintf("file %s does not exist", path)
}

// existing returns the file that path names up to letter case, or one in the same
// folder with nearly the same name.
func existing(path string) string {
	dir, base := filepath.Split(path)
	if _, err := os.Stat(filepath.Clean(dir)); err != nil && dir != "" {
		if dir = existing(filepath.Clean(dir)); dir == "" {
			return ""
		}
	}
	entries, err := os.ReadDir(filepath.Clean(dir))
	if err != nil {
		return ""
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		if names[i] = e.Name(); names[i] == base { // only the folder was misspelt
			return filepath.Join(dir, base)
		}
	}
	if name := similar(base, names); name != "" {
		return filepath.Join(dir, name)
	}
	return ""
}

// deref follows n while it is a reference. Nil means that it leads nowhere, which
// is reported once.
func (l *loader) deref(n *node) *node {
	if !l.visit(n, 1) {
		return nil
	}
	start := n
	for range maxChain {
		if n.ref() == nil {
			return n
		}
		if n = l.target(n); n == start {
			break
		}
	}
	l.report(start, "the reference leads in a circle")
	return nil
}

// report adds a problem with a reference, once.
func (l *loader) report(ref *node, format string, args ...any) {
	if at := ref.get("$ref"); at != nil {
		ref = at
	}
	if !l.reported[ref] && !l.full() {
		l.reported[ref] = true
		l.problems.Addf(ref.origin(), format, args...)
	}
}

// target returns what the reference in n points to, one step far.
func (l *loader) target(n *node) *node {
	ref := n.get("$ref")
	if ref.kind != text {
		l.report(n, "$ref must be a string")
		return nil
	}
	name, pointer, _ := strings.Cut(ref.text, "#")
	if strings.Contains(name, "://") || strings.HasPrefix(name, "//") {
		l.report(n, "%s is not fetched: a reference may lead to files only", ref.text)
		return nil
	}
	f := n.file
	if name != "" {
		if !f.local {
			l.report(n, "%s is another file: a document that is imported as one body can refer to itself only", ref.text)
			return nil
		}
		if plain, err := url.PathUnescape(name); err == nil {
			name = plain
		}
		if f = l.open(filepath.Join(filepath.Dir(f.name), filepath.FromSlash(name)), ref.origin()); f == nil {
			return nil
		}
	}
	return l.point(n, f.root, pointer)
}

// point follows a JSON pointer from root.
func (l *loader) point(n, root *node, pointer string) *node {
	if plain, err := url.PathUnescape(pointer); err == nil {
		pointer = plain
	}
	if pointer == "" {
		return root
	}
	if pointer[0] != '/' {
		l.report(n, "%s is not a JSON pointer such as #/components/schemas/Pet", n.get("$ref").text)
		return nil
	}
	at := root
	for part := range strings.SplitSeq(pointer[1:], "/") {
		part = strings.ReplaceAll(strings.ReplaceAll(part, "~1", "/"), "~0", "~")
		if at.ref() != nil { // the way may lead through another reference
			if at = l.deref(at); at == nil {
				return nil
			}
		}
		next := at.get(part)
		if i, err := strconv.Atoi(part); err == nil && at.kind == sequence && i >= 0 && i < len(at.items) {
			next = at.items[i]
		}
		if next == nil {
			l.report(n, "%s leads nowhere: %s has no %q%s", n.get("$ref").text, at.path(), part, didYouMean(part, at.names()))
			return nil
		}
		at = next
	}
	return at
}
