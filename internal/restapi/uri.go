package restapi

import (
	"net/url"
	"strconv"
	"strings"
)

// uriTemplate is an integration URI, ready to be filled in. Stage variables are constants of a release and already in
// place; {name} placeholders are left. Spec: rest-api 6.
type uriTemplate struct {
	scheme    string
	authority []uriPart // host[:port]
	path      []uriPart // path, without query
	query     []uriPart
	hasQuery  bool
	invalid   string // why no request can ever go there; such a URI answers 500 when it is used
}

// uriPart is literal text, or a placeholder when name is set.
type uriPart struct{ literal, name string }

// compileURI takes a URI apart. It never fails: an address that cannot work answers 500 at run time, as on the real
// service, and invalid says why.
func compileURI(uri string, vars map[string]string) uriTemplate {
	text := withStageVariables(uri, vars)
	if i := strings.IndexByte(text, '#'); i >= 0 {
		text = text[:i]
	}
	scheme, rest, ok := strings.Cut(text, "://")
	t := uriTemplate{scheme: strings.ToLower(scheme)}
	if !ok || t.scheme != "http" && t.scheme != "https" {
		t.invalid = "Invalid endpoint address: the scheme is neither http nor https"
		return t
	}
	end := strings.IndexAny(rest, "/?")
	if end < 0 {
		end = len(rest)
	}
	path, query, hasQuery := strings.Cut(rest[end:], "?")
	t.authority, t.path, t.query, t.hasQuery = splitPlaceholders(rest[:end]), splitPlaceholders(path), splitPlaceholders(query), hasQuery
	if host, static := literalOf(t.authority); static {
		if err := checkAuthority(host); err != "" {
			t.invalid = "Invalid endpoint address: " + err
		}
	}
	return t
}

// withStageVariables replaces ${stageVariables.name}; an unknown variable becomes the empty string. Spec: rest-api 6.4.
func withStageVariables(text string, vars map[string]string) string {
	const open = "${stageVariables."
	var b strings.Builder
	for {
		i := strings.Index(text, open)
		if i < 0 {
			break
		}
		end := strings.IndexByte(text[i:], '}')
		if end < 0 {
			break
		}
		b.WriteString(text[:i])
		b.WriteString(vars[text[i+len(open):i+end]])
		text = text[i+end+1:]
	}
	b.WriteString(text)
	return b.String()
}

func splitPlaceholders(s string) []uriPart {
	var parts []uriPart
	for s != "" {
		open := strings.IndexByte(s, '{')
		end := -1
		if open >= 0 {
			end = strings.IndexByte(s[open:], '}')
		}
		if end < 0 {
			return append(parts, uriPart{literal: s})
		}
		if open > 0 {
			parts = append(parts, uriPart{literal: s[:open]})
		}
		parts = append(parts, uriPart{name: strings.TrimSuffix(s[open+1:open+end], "+")})
		s = s[open+end+1:]
	}
	return parts
}

// literalOf joins parts that hold no placeholder.
func literalOf(parts []uriPart) (string, bool) {
	switch len(parts) {
	case 0:
		return "", true
	case 1:
		return parts[0].literal, parts[0].name == ""
	}
	return "", false
}

// checkAuthority says what is wrong with host[:port], or "". Ports: 80, 443 and 1024 up. Spec: rest-api 6.6.
func checkAuthority(authority string) string {
	u, err := url.Parse("http://" + authority)
	if err != nil || u.Host != authority || u.Hostname() == "" || u.User != nil {
		return "no valid host in " + strconv.Quote(authority)
	}
	if strings.ContainsAny(u.Hostname(), "{}$ ") {
		return "no valid host in " + strconv.Quote(authority)
	}
	if p := u.Port(); p != "" {
		n, err := strconv.Atoi(p)
		if err != nil || n != 80 && n != 443 && (n < 1024 || n > 65535) {
			return "port " + p + " is not 80, 443 or 1024 to 65535"
		}
	}
	return ""
}
