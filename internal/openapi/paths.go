package openapi

import (
	"net/url"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

// verbs maps the members of a path that are methods to the methods of a REST API.
var verbs = map[string]string{
	"get": "GET", "put": "PUT", "post": "POST", "delete": "DELETE", "patch": "PATCH", "options": "OPTIONS", "head": "HEAD",
	extension + "any-method": "ANY",
}

// pathMembers are all members of a path that are known.
var pathMembers = []string{
	"get", "put", "post", "delete", "patch", "options", "head", extension + "any-method", "parameters", "summary", "description", "servers", "$ref",
}

const invalidVerb = "Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY"

// basePath finds the base path and what of it stands before every path. Spec: rest-api 21.2.
func (im *importer) basePath() {
	var base string
	if im.swagger {
		base = im.str(im.doc.get("basePath"))
	} else {
		base = im.serverBasePath()
	}
	segments := splitPath(base)
	switch im.options.BasePath {
	case "ignore":
	case "prepend":
		im.prefix = segments
	case "split":
		if len(segments) > 0 {
			im.prefix = segments[1:]
		}
	default:
		im.addf(im.doc, "the base path mode %q is not one of ignore, prepend, split", im.options.BasePath)
	}
}

// serverBasePath is the variable basePath of the first server that has one, else the path of the first server.
func (im *importer) serverBasePath() string {
	servers := im.doc.get("servers")
	if servers == nil || servers.kind != sequence || len(servers.items) == 0 {
		return ""
	}
	for _, s := range servers.items {
		if v := s.get("variables").get("basePath"); v != nil {
			return im.str(v.get("default"))
		}
	}
	u, err := url.Parse(im.str(servers.items[0].get("url")))
	if err != nil || strings.Contains(u.Path, "{") {
		return ""
	}
	return u.Path
}

func splitPath(path string) []string {
	return strings.FieldsFunc(path, func(c rune) bool { return c == '/' })
}

func (im *importer) paths() {
	paths := im.object(im.doc.get("paths"))
	if paths == nil {
		return
	}
	for _, m := range paths.members {
		switch {
		case strings.HasPrefix(m.name, "x-"):
		case !strings.HasPrefix(m.name, "/"):
			im.addf(m.value, "a path must begin with '/'")
		default:
			im.path(m.name, m.value)
		}
	}
	im.checkSize()
}

func (im *importer) checkSize() {
	most := im.options.Limits.ResourcesPerAPI
	if n := int64(len(im.api.Resources)); n > most {
		im.addf(im.doc.get("paths"), "Maximum number of resources for this API has been reached: %d, and the document makes %d", most, n)
	}
}

// path makes the resources of a path and the methods on the last one.
func (im *importer) path(path string, at *node) {
	r := im.chain(im.resources["/"], im.prefix, at)
	if r != nil {
		r = im.chain(r, splitPath(path), at)
	}
	if r != nil {
		r.Origin = at.origin() // it may have been made as the parent of another
	}
	item := im.deref(at)
	if item == nil || r == nil {
		return
	}
	if item.kind != mapping {
		im.addf(item, "must be an object, not %s", item.kind)
		return
	}
	im.places[item] = atPath
	im.pathMethods(r, at, item)
}

// pathMethods makes the methods of a path. Operations may stand beside a $ref, and then win over those behind it.
func (im *importer) pathMethods(r *definition.Resource, at, item *node) {
	made := map[string]bool{}
	for _, source := range []*node{at, item} {
		shared := im.parameterList(source.get("parameters"))
		if source == at && at != item {
			shared = append(im.parameterList(item.get("parameters")), shared...)
		}
		for _, m := range source.members {
			verb, isVerb := verbs[m.name]
			switch {
			case isVerb && made[m.name]:
				im.warnf(m.value, "has no effect: the path that refers to this one has its own")
			case isVerb:
				made[m.name] = true
				im.operation(r, verb, m.value, shared)
			default:
				im.checkPathMember(m)
			}
		}
		if at == item {
			return
		}
	}
}

func (im *importer) checkPathMember(m member) {
	for _, known := range pathMembers {
		if m.name == known {
			return
		}
	}
	if !strings.HasPrefix(m.name, "x-") {
		im.addf(m.value, "%s%s", invalidVerb, didYouMean(m.name, pathMembers))
	}
}

// chain returns the resource below r at these path parts, made as far as it is not there.
func (im *importer) chain(r *definition.Resource, parts []string, at *node) *definition.Resource {
	for _, part := range parts {
		path := strings.TrimSuffix(r.Path, "/") + "/" + part
		if !im.pathFits(path, at) {
			return nil
		}
		child := im.resources[path]
		if child == nil {
			if !im.checkPart(r, part, at) {
				return nil
			}
			child = im.resource(r, part, path, at)
		}
		r = child
	}
	return r
}

// pathFits stops what would grow without end: paths longer than any request, and far more resources than an API may have.
// How many there are is counted a little further, for the message.
func (im *importer) pathFits(path string, at *node) bool {
	if most := im.options.Limits.RequestTarget; int64(len(path)) > most {
		im.addf(at, "the path is longer than a request target can be: %d bytes", most)
		return false
	}
	return int64(len(im.resources)) < 2*im.options.Limits.ResourcesPerAPI
}

func (im *importer) resource(parent *definition.Resource, part, path string, at *node) *definition.Resource {
	r := &definition.Resource{PathPart: part, Path: path, Methods: map[string]*definition.Method{}, Origin: at.origin()}
	if parent == nil {
		r.ID = im.ids.of(rootIDLength, "resource", path)
	} else {
		r.ID, r.ParentID = im.ids.of(idLength, "resource", path), parent.ID
	}
	if r.Variable() != "" {
		im.variables[r.ParentID] = part
	}
	im.resources[path] = r
	im.api.Resources[r.ID] = r
	return r
}

// checkPart applies the rules for a new child of parent. Spec: rest-api 2.1, control-plane 8.2, recorded.
func (im *importer) checkPart(parent *definition.Resource, part string, at *node) bool {
	before := len(im.problems)
	if parent.Greedy() {
		im.addf(at, "Cannot create a child of a resource with a greedy path variable: %s", parent.PathPart)
	}
	if !validPart(part) {
		im.addf(at, "Resource's path part only allow a-zA-Z0-9._-:,@ and curly braces at the beginning and the end and an optional plus sign before the closing brace: %s", part)
		return false
	}
	if part[0] != '{' {
		return len(im.problems) == before
	}
	if sibling := im.variables[parent.ID]; sibling != "" {
		im.addf(at, "A sibling (%s) of this resource already has a variable path part -- only one is allowed", sibling)
	}
	return len(im.problems) == before
}

func validPart(part string) bool {
	if name, ok := strings.CutPrefix(part, "{"); ok {
		name, ok = strings.CutSuffix(name, "}")
		return ok && isParameterName(strings.TrimSuffix(name, "+"))
	}
	for i := range len(part) {
		if c := part[i]; !isNameByte(c) && c != ':' && c != ',' && c != '@' {
			return false
		}
	}
	return part != ""
}

// isParameterName: ^[a-zA-Z0-9._$-]+$. Spec: rest-api 5.
func isParameterName(s string) bool {
	for i := range len(s) {
		if c := s[i]; !isNameByte(c) && c != '$' {
			return false
		}
	}
	return s != ""
}

func isNameByte(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '.' || c == '_' || c == '-'
}
