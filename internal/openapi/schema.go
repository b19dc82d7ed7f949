package openapi

import (
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/jsontree"
)

// models are the schemas of a document that become models.
type models struct {
	names map[*node]string // where a schema stands → its model
	taken map[string]*node
	next  map[string]int // how often a name was taken already
	queue []*node        // not written yet
}

// modelURL begins the reference from one model to another. Spec: rest-api 4.4.
const modelURL = "https://apigateway.amazonaws.com/restapis/"

// namedModels gives every schema of the document its model, whether used or not. An import adds no Empty and no
// Error model of its own: imported APIs have the models of their document only. Recorded.
func (im *importer) namedModels() {
	im.models = models{names: map[*node]string{}, taken: map[string]*node{}, next: map[string]int{}}
	schemas := im.doc.get("definitions")
	if !im.swagger {
		schemas = im.object(im.doc.get("components")).get("schemas")
	}
	for _, m := range im.members(schemas) {
		im.nameModel(m.value, m.name)
	}
}

// nameModel registers the schema n under what is left of name when everything but letters and digits is taken out.
func (im *importer) nameModel(n *node, name string) string {
	if known, ok := im.models.names[n]; ok {
		return known
	}
	plain := strings.Map(func(c rune) rune {
		if c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' {
			return c
		}
		return -1
	}, name)
	if plain == "" {
		im.addf(n, "Model name must be alphanumeric: %s", name)
		return ""
	}
	unique := plain
	for im.models.taken[unique] != nil {
		im.models.next[plain]++
		unique = plain + strconv.Itoa(im.models.next[plain]+1)
	}
	im.models.names[n], im.models.taken[unique] = unique, n
	im.models.queue = append(im.models.queue, n)
	return unique
}

// modelFor returns the name of the model for a schema of a body: the one it refers to, or a new one whose name depends
// on nothing but the schema (unconfirmed: the service generates other names).
func (im *importer) modelFor(n *node) string {
	if n.kind != mapping {
		im.addf(n, "a schema must be an object, not %s", n.kind)
		return ""
	}
	if n.ref() != nil {
		return im.bodyModel(n)
	}
	if known, ok := im.models.names[n]; ok {
		return known
	}
	before := len(im.problems)
	schema := im.schemaText(n)
	if len(im.problems) > before {
		return ""
	}
	name := "MODEL" + fingerprint(schema)
	if im.models.taken[name] == nil {
		im.models.taken[name] = n
		im.addModel(name, n, schema)
	}
	im.models.names[n] = name
	return name
}

// bodyModel returns the model that a body refers to. One that is missing is passed over by the service, with this warning.
func (im *importer) bodyModel(n *node) string {
	before := len(im.problems)
	name := im.referredModel(n)
	if name == "" && im.options.Tolerant {
		im.problems = im.problems[:before]
		im.warnf(n, "Reference to model '%s' not found. Ignoring.", labelOf(n.get("$ref").text))
	}
	return name
}

// referredModel returns the name of the model that the reference in n leads to.
func (im *importer) referredModel(n *node) string {
	ref := n.get("$ref").text
	if rest, ok := strings.CutPrefix(ref, modelURL); ok { // already the address of a model
		name := path.Base(rest)
		if im.models.taken[name] != nil {
			return name
		}
		im.report(n, "there is no model %s", name)
		return ""
	}
	target := im.target(n)
	if target == nil {
		return ""
	}
	if im.deref(target) == nil { // references that lead in a circle describe nothing
		return ""
	}
	return im.nameModel(target, labelOf(ref))
}

// labelOf is what a reference calls its target: the last part of the pointer, or the file's name.
func labelOf(ref string) string {
	name, pointer, _ := strings.Cut(ref, "#")
	if pointer = strings.Trim(pointer, "/"); pointer != "" {
		return path.Base(pointer)
	}
	base := path.Base(filepath.ToSlash(name))
	return strings.TrimSuffix(base, path.Ext(base))
}

// writeModels writes every model that has a name, and those that are found while writing.
func (im *importer) writeModels() {
	for len(im.models.queue) > 0 {
		n := im.models.queue[0]
		im.models.queue = im.models.queue[1:]
		if n.kind != mapping {
			im.addf(n, "a schema must be an object, not %s", n.kind)
			continue
		}
		im.addModel(im.models.names[n], n, im.schemaText(n))
	}
}

func (im *importer) addModel(name string, n *node, schema string) {
	description := ""
	if d := n.get("description"); d != nil {
		description = im.str(d)
	}
	im.api.Models[name] = &definition.Model{
		ID: im.ids.of(idLength, "model", name), Name: name, Description: description,
		ContentType: "application/json", Schema: schema, Origin: n.origin(),
	}
	im.document.model(name, n)
}

// schemaText writes a schema as JSON schema draft 4, with references to models as their addresses.
func (im *importer) schemaText(n *node) string { return string(im.schema(nil, n)) }

// notSchema are the members of an OpenAPI schema that JSON schema does not know. nullable is among them: the service
// validates as if it were not there; oneOf with {"type": "null"} does what it promises (unconfirmed).
var notSchema = []string{"discriminator", "xml", "externalDocs", "example", "examples", "readOnly", "writeOnly", "deprecated", "nullable", "$schema"}

// schema appends the schema n.
func (im *importer) schema(dst []byte, n *node) []byte {
	if n.kind == boolean && n.parent != nil && (n.key == "additionalProperties" || n.key == "additionalItems") {
		return n.appendJSON(dst)
	}
	if n.kind != mapping {
		im.addf(n, "a schema must be an object, not %s", n.kind)
		return append(dst, "{}"...)
	}
	if n.ref() != nil {
		im.beside(n)
		address := modelURL + im.api.ID + "/models/" + im.referredModel(n)
		return append(jsontree.AppendString(append(dst, `{"$ref":`...), address), '}')
	}
	dst = append(dst, '{')
	first := true
	for _, m := range n.members {
		if slices.Contains(notSchema, m.name) || strings.HasPrefix(m.name, "x-") {
			im.noteNullable(m)
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(jsontree.AppendString(dst, m.name), ':')
		dst = im.keyword(dst, m)
	}
	return append(dst, '}')
}

// noteNullable warns that nullable has no effect.
func (im *importer) noteNullable(m member) {
	if m.name == "nullable" && m.value.text == "true" {
		im.warnf(m.value, "nullable has no effect: null is not valid here; write oneOf with {\"type\": \"null\"} instead")
	}
}

// keyword appends the value of a keyword; some hold schemas.
func (im *importer) keyword(dst []byte, m member) []byte {
	n := m.value
	switch m.name {
	case "properties", "patternProperties", "definitions":
		if n.kind == mapping {
			return im.schemaMap(dst, n)
		}
	case "items":
		if n.kind == sequence {
			return im.schemaList(dst, n)
		}
		return im.schema(dst, n)
	case "additionalProperties", "additionalItems", "not":
		return im.schema(dst, n)
	case "allOf", "anyOf", "oneOf":
		if n.kind == sequence {
			return im.schemaList(dst, n)
		}
	case "required":
		return appendSorted(dst, n)
	default:
		return n.appendJSON(dst)
	}
	im.addf(n, "must not be %s", n.kind)
	return append(dst, "null"...)
}

// appendSorted appends the names of required members, in the order in which the service keeps them. Recorded.
func appendSorted(dst []byte, n *node) []byte {
	names := slices.Clone(n.items)
	slices.SortStableFunc(names, func(a, b *node) int { return strings.Compare(a.text, b.text) })
	sorted := *n
	sorted.items = names
	return sorted.appendJSON(dst)
}

func (im *importer) schemaMap(dst []byte, n *node) []byte {
	dst = append(dst, '{')
	for i, m := range n.members {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(jsontree.AppendString(dst, m.name), ':')
		dst = im.schema(dst, m.value)
	}
	return append(dst, '}')
}

func (im *importer) schemaList(dst []byte, n *node) []byte {
	dst = append(dst, '[')
	for i, item := range n.items {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = im.schema(dst, item)
	}
	return append(dst, ']')
}
