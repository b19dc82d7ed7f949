package openapi

import (
	"maps"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/jsontree"
)

// documentation collects the documentation parts of an import: those that the document lists, and those that its
// descriptions make. Of two for the same place the listed one stays. Spec: control-plane 10.1, recorded.
type documentation struct {
	im    *importer
	parts []definition.DocumentationPart
	known map[string]bool
}

// newDocumentation reads the listed parts. It is nil, and then collects nothing, when they are not wanted.
func newDocumentation(im *importer) *documentation {
	if im.options.IgnoreDocumentation {
		return nil
	}
	d := &documentation{im: im, known: map[string]bool{}}
	if n := im.object(im.doc.get(extension + "documentation")); n != nil {
		im.only(n, extension+"documentation", "version", "createdDate", "documentationParts")
		im.api.DocumentationVersion = im.str(n.get("version"))
		if parts := n.get("documentationParts"); parts != nil {
			if parts.kind != sequence {
				im.addf(parts, "must be a list, not %s", parts.kind)
			}
			for _, p := range parts.items {
				d.listed(p)
			}
		}
	}
	if im.api.Description != "" {
		info := &jsontree.Object{}
		info.Set("description", im.api.Description)
		properties := &jsontree.Object{}
		properties.Set("info", info)
		d.add(map[string]string{"type": "API"}, properties)
	}
	return d
}

func (d *documentation) listed(p *node) {
	location := d.im.object(p.get("location"))
	if location == nil {
		d.im.addf(p, "a documentation part needs a location")
		return
	}
	at := map[string]string{}
	for _, m := range location.members {
		at[m.name] = d.im.str(m.value)
	}
	if err := CheckLocation(at); err != nil {
		d.im.addf(location, "%v", err)
		return
	}
	completeLocation(at)
	properties := d.im.json(p.get("properties"))
	if properties == "" {
		d.im.addf(either(p.get("properties"), p), "Documentation part properties must be non-empty")
		return
	}
	if key := placeKey(at); d.known[key] {
		d.im.addf(p, "%s", PartExists(at))
	} else {
		d.append(key, at, properties)
	}
}

func (d *documentation) append(key string, at map[string]string, properties string) {
	d.known[key] = true
	id := d.im.ids.of(idLength, "documentation part", key)
	d.parts = append(d.parts, definition.DocumentationPart{ID: id, Location: at, Properties: properties})
}

func placeKey(at map[string]string) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(at)) {
		b.WriteString(name + "\x00" + at[name] + "\x00")
	}
	return b.String()
}

func (d *documentation) add(at map[string]string, properties *jsontree.Object) {
	if key := placeKey(at); !d.known[key] {
		d.append(key, at, string(jsontree.Append(nil, properties)))
	}
}

// texts takes these members of n, as far as they are there.
func texts(n *node, names ...string) *jsontree.Object {
	properties := &jsontree.Object{}
	for _, name := range names {
		m := n.get(name)
		switch {
		case m == nil:
		case m.kind == text && m.text != "":
			properties.Set(name, m.text)
		case m.kind == sequence:
			list := &jsontree.Array{}
			for _, item := range m.items {
				list.Items = append(list.Items, item.text)
			}
			properties.Set(name, list)
		}
	}
	return properties
}

// describe adds the description of n, or the members of it that are named, as a part of that kind at that place.
func (d *documentation) describe(kind string, where location, n *node, names ...string) {
	if d == nil {
		return
	}
	if names == nil {
		names = []string{"description"}
	}
	if properties := texts(n, names...); properties.Len() > 0 {
		d.add(where.of(kind), properties)
	}
}

func (d *documentation) method(where location, op *node) {
	d.describe("METHOD", where, op, "description", "summary", "tags")
}

func (d *documentation) model(name string, n *node) {
	if d == nil {
		return
	}
	if properties := texts(n, "title", "description"); properties.Len() > 0 {
		d.add(map[string]string{"type": "MODEL", "name": name}, properties)
	}
}

func (d *documentation) parameter(where location, in, name string, p *node) {
	where.name = name
	d.describe(parameterParts[in], where, p)
}

// parameterParts are the types of the parts that document parameters.
var parameterParts = map[string]string{"path": "PATH_PARAMETER", "query": "QUERY_PARAMETER", "header": "REQUEST_HEADER"}

func (d *documentation) finish() {
	if d != nil {
		d.im.api.Documentation = d.parts
	}
}
