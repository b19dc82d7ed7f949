package openapi

import (
	"slices"
	"strings"
)

// extension begins the names of the extensions that are ours to understand.
const extension = "x-amazon-apigateway-"

// place is a kind of object in a document, as far as extensions belong to it.
type place uint8

const (
	anywhere place = 0 // also: not checked
	atRoot   place = 1 << iota
	atPath
	atOperation
	atScheme
	atServer
)

var placeNames = map[place]string{
	atRoot: "the top of the document", atPath: "a path", atOperation: "an operation", atScheme: "a security scheme",
	atServer: "a server", atRoot | atOperation: "the top of the document or an operation", atRoot | atServer: "the top of the document or a server",
}

// extensions lists what may be written, and where. Spec: rest-api 21.4.
var extensions = map[string]place{
	"any-method":               atPath,
	"api-key-source":           atRoot,
	"auth":                     atOperation,
	"authorizer":               atScheme,
	"authtype":                 atScheme,
	"binary-media-types":       atRoot,
	"cors":                     atRoot,
	"documentation":            atRoot,
	"endpoint-access-mode":     atRoot,
	"endpoint-configuration":   atRoot | atServer,
	"gateway-responses":        atRoot,
	"importexport-version":     anywhere,
	"integration":              atOperation,
	"integrations":             anywhere,
	"minimum-compression-size": atRoot,
	"policy":                   atRoot,
	"request-validator":        atRoot | atOperation,
	"request-validators":       atRoot,
	"security-policy":          atRoot,
	"tag-value":                anywhere,
}

// checkExtensions refuses (or warns of, see Options.Tolerant) extensions that are not known, and those in a place where they have no effect: first those of
// the document, then those of the files to which it refers.
func (im *importer) checkExtensions() {
	known := make([]string, 0, len(extensions))
	for name := range extensions {
		known = append(known, extension+name)
	}
	slices.Sort(known)
	im.walkExtensions(im.doc, known)
	for _, name := range im.order {
		if f := im.files[name]; f != nil && f.root != im.doc {
			im.walkExtensions(f.root, known)
		}
	}
}

func (im *importer) walkExtensions(n *node, known []string) {
	for _, item := range n.items {
		im.walkExtensions(item, known)
	}
	for _, m := range n.members {
		name, ours := strings.CutPrefix(m.name, extension)
		if ours {
			im.checkExtension(n, m, name, known)
		}
		// What an extension holds is checked where it is read; examples are somebody's data.
		if !ours && m.name != "example" && m.name != "examples" {
			im.walkExtensions(m.value, known)
		} else if name == "any-method" {
			im.walkExtensions(m.value, known)
		}
	}
}

func (im *importer) checkExtension(n *node, m member, name string, known []string) {
	report := im.addf
	if im.options.Tolerant {
		report = im.warnf
	}
	right, ok := extensions[name]
	if !ok {
		report(m.value, "%s is not an extension that is known here%s", m.name, didYouMean(m.name, known))
		return
	}
	if here := im.placeOf(n); here != anywhere && right != anywhere && right&here == 0 {
		report(m.value, "%s belongs to %s, not to %s", m.name, placeNames[right], placeNames[here])
	}
}

// placeOf tells what kind of object n is. Of what a reference leads to, only reading it has told.
func (im *importer) placeOf(n *node) place {
	if p, read := im.places[n]; read {
		return p
	}
	above := func(levels int) string {
		at := n
		for range levels {
			if at = at.parent; at == nil {
				return ""
			}
		}
		return at.key
	}
	switch {
	case n == im.doc:
		return atRoot
	case n.file != im.doc.file:
		return anywhere
	case above(1) == "paths" && n.parent.parent.parent == nil:
		return atPath
	case above(2) == "paths" && (verbs[n.key] != "" || n.key == extension+"any-method"):
		return atOperation
	case above(1) == "securitySchemes" || above(1) == "securityDefinitions":
		return atScheme
	case above(1) == "servers":
		return atServer
	}
	return anywhere
}
