package lint

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/vtl"
)

// What the host objects of a template have. Spec: mapping-templates 5.3, 7, 9–12.
var (
	topNames      = []string{"input", "context", "util", "stageVariables"}
	loopNames     = []string{"foreach", "velocityCount", "velocityHasNext"}
	inputMethods  = []string{"path", "json", "params", "body"}
	utilFunctions = []string{"escapeJavaScript", "parseJson", "urlEncode", "urlDecode", "base64Encode", "base64Decode"}
	loopMembers   = []string{"index", "count", "hasNext", "first", "last", "parent", "topmost", "stop"}
	paramPlaces   = []string{"path", "querystring", "header"}
	mapMethods    = []string{"size", "isEmpty", "get", "put", "putAll", "remove", "containsKey", "containsValue", "keySet", "values",
		"entrySet", "getOrDefault", "putIfAbsent", "clear", "equals", "toString", "hashCode"}
	stringMethods = []string{"length", "isEmpty", "charAt", "substring", "indexOf", "lastIndexOf", "contains", "startsWith", "endsWith",
		"equals", "equalsIgnoreCase", "compareTo", "compareToIgnoreCase", "concat", "replace", "replaceAll", "replaceFirst", "matches", "split",
		"trim", "toLowerCase", "toUpperCase", "toString", "hashCode", "valueOf", "format", "join", "getBytes", "codePointAt", "intern"}
	stringMembers = []string{"empty", "bytes"} // isEmpty, getBytes
	appSync       = []string{"toJson", "qr", "quiet", "error", "appendError", "time", "autoId", "dynamodb", "defaultIfNull", "defaultIfNullOrEmpty",
		"isNull", "isNullOrEmpty", "isNullOrBlank", "validate", "unauthorized", "map", "list", "str", "math", "transform", "http", "log", "rds"}
	// nullNames are the names by which templates ask for null: they are never set on purpose.
	nullNames = []string{"null", "nil", "none", "undefined", "void", "empty", "nothing"}
)

// contextNames are the variables of $context in templates, by dotted name. Spec: mapping-templates 10.1, 10.2.
var contextNames = []string{
	"accountId", "apiId", "deploymentId", "awsEndpointRequestId", "domainName", "domainPrefix", "extendedRequestId", "httpMethod",
	"isCanaryRequest", "path", "protocol", "requestId", "requestTime", "requestTimeEpoch", "resourceId", "resourcePath", "operationName",
	"stage", "wafResponseCode", "webaclArn", "xrayTraceId", "endpointType", "identity", "authorizer", "requestOverride", "responseOverride",
}

var identityNames = []string{
	"accountId", "accessKey", "caller", "user", "userArn", "apiKey", "apiKeyId", "cognitoAuthenticationProvider", "cognitoAuthenticationType",
	"cognitoIdentityId", "cognitoIdentityPoolId", "principalOrgId", "sourceIp", "userAgent", "vpcId", "vpceId", "clientCert",
}

// elsewhere are variables that only access logs or gateway responses have. Spec: mapping-templates 10.4.
var elsewhere = map[string]string{
	"error": "gateway responses and access logs", "authorize": "access logs", "authenticate": "access logs", "integration": "access logs",
	"integrationErrorMessage": "access logs", "integrationLatency": "access logs", "integrationStatus": "access logs",
	"responseLatency": "access logs", "responseLength": "access logs", "status": "access logs", "waf": "access logs",
	"customDomain": "access logs", "tlsVersion": "access logs", "cipherSuite": "access logs",
}

// names reports references that name nothing.
func (t *template) names() {
	set := t.setNames()
	known := slices.Concat(topNames, loopNames, slices.Sorted(maps.Keys(set)))
	stored := false // members of its own in $foreach
	vtl.Walk(t.parts, func(p *vtl.Part) bool {
		stored = stored || p.Kind == vtl.PartSet && p.Ref.Name == "foreach"
		return true
	})
	eachReference(t.parts, func(r *vtl.Reference, p *vtl.Part, target bool) {
		if p.Kind == vtl.PartEscaped || target && len(r.Links) == 0 {
			return
		}
		switch {
		case set[r.Name]:
		case r.Name == "input":
			t.inputMember(r)
		case r.Name == "util":
			t.utilMember(r)
		case r.Name == "context":
			t.contextMember(r)
		case r.Name == "stageVariables":
			t.stageVariable(r)
		case r.Name == "foreach":
			if !stored {
				t.loopMember(r)
			}
		case slices.Contains(loopNames, r.Name), slices.Contains(nullNames, strings.ToLower(r.Name)):
		default:
			t.unknownVariable(r, target, known)
		}
	})
}

// setNames are all names that the template gives a value, wherever it does.
func (t *template) setNames() map[string]bool {
	set := map[string]bool{}
	vtl.Walk(t.parts, func(p *vtl.Part) bool {
		switch p.Kind {
		case vtl.PartSet:
			if len(p.Ref.Links) == 0 {
				set[p.Ref.Name] = true
			}
		case vtl.PartForeach, vtl.PartDefine:
			set[p.Name] = true
		case vtl.PartMacro:
			set["bodyContent"] = true
			for _, name := range p.Params {
				set[name] = true
			}
		}
		return true
	})
	return set
}

func (t *template) unknownVariable(r *vtl.Reference, target bool, known []string) {
	hint := meant(r.Name, "$", known)
	switch {
	case target:
		t.report(r.Place, ruleUnknownVariable, "$%s is never set, so there is nothing to set a member of%s", r.Name, hint)
	case r.Name == "method" || r.Name == "integration":
		t.report(r.Place, ruleUnknownVariable, "$%s does not exist in mapping templates, only method.request and integration.response in mappings do", r.Name)
	case hint != "" || !r.Quiet:
		t.report(r.Place, ruleUnknownVariable, "$%s is never set and prints nothing%s", r.Name, hint)
	}
}

// memberName is the name that a link asks for: .name, ["name"] or .get("name"); "" for other links.
func memberName(l *vtl.Link) string {
	switch {
	case l.Index != nil:
		name, _ := constant(l.Index)
		return name
	case !l.Call:
		return l.Name
	case l.Name == "get" && len(l.Args) == 1:
		name, _ := constant(l.Args[0])
		return name
	}
	return ""
}

func (t *template) inputMember(r *vtl.Reference) {
	if len(r.Links) == 0 {
		return
	}
	l := &r.Links[0]
	args := len(l.Args)
	switch {
	case l.Name == "body" && !l.Call || l.Name == "getBody" && l.Call && args == 0:
		t.textMember(r, 1, "$input.body is text: use $input.path('$…') for what is in it")
	case l.Name == "path" && l.Call && args == 1:
		t.checkPath(l.Place, l.Args[0])
	case l.Name == "json" && l.Call && args == 1:
		t.checkPath(l.Place, l.Args[0])
		t.textMember(r, 1, "$input.json gives text: use $input.path for what is in it")
	case l.Name == "params" && l.Call && args == 0:
		t.paramsMember(r)
	case l.Name == "params" && l.Call && args == 1:
		if name, ok := constant(l.Args[0]); ok {
			t.paramName(l.Place, name)
		}
		t.textMember(r, 1, "a parameter is text")
	case l.Call && slices.Contains(inputMethods, l.Name):
		t.report(l.Place, ruleUnknownMember, "$input.%s with %d arguments does not exist and prints nothing", l.Name, args)
	case slices.Contains(inputMethods, l.Name):
		t.report(l.Place, ruleUnknownMember, "$input.%s needs parentheses; like this it prints nothing", l.Name)
	default:
		t.report(l.Place, ruleUnknownMember, "$input has no %s: it prints nothing%s", shownLink(l), meant(l.Name, "$input.", inputMethods))
	}
}

func shownLink(l *vtl.Link) string {
	switch {
	case l.Index != nil:
		return "index"
	case l.Call:
		return "method " + l.Name
	}
	return "member " + l.Name
}

func (t *template) paramsMember(r *vtl.Reference) {
	if len(r.Links) < 2 {
		return
	}
	l := &r.Links[1]
	where := memberName(l)
	switch {
	case l.Call && where == "" && slices.Contains(mapMethods, l.Name), l.Index != nil && where == "", l.Call && l.Name == "get" && where == "":
	case !slices.Contains(paramPlaces, where):
		if where == "query" || where == "queryString" || where == "queryStringParameters" {
			t.report(l.Place, ruleUnknownMember, "$input.params() has no %s: it prints nothing; did you mean querystring?", where)
			return
		}
		t.report(l.Place, ruleUnknownMember, "$input.params() has no %s, only path, querystring and header: it prints nothing%s",
			cmp.Or(where, l.Name), meant(where, "", paramPlaces))
	case len(r.Links) > 2:
		if name := memberName(&r.Links[2]); name != "" {
			t.paramName(r.Links[2].Place, name)
		}
	}
}

// paramName reports a parameter that looks like a slip of a declared one. Others are allowed: templates see all that the
// client sent.
func (t *template) paramName(at vtl.Place, name string) {
	if _, declared := t.params[name]; declared || len(t.params) == 0 {
		return
	}
	if near := nearest(name, slices.Sorted(maps.Keys(t.params))); near != "" {
		t.report(at, ruleUnknownMember, "the method declares no parameter %s; did you mean %s?", name, near)
	}
}

// textMember reports members that a text does not have, in link i of r.
func (t *template) textMember(r *vtl.Reference, i int, why string) {
	if len(r.Links) <= i {
		return
	}
	l := &r.Links[i]
	switch {
	case l.Call && !slices.Contains(stringMethods, l.Name):
		t.report(l.Place, ruleUnknownMember, "text has no method %s: %s prints nothing%s", l.Name, written(r), meant(l.Name, "", stringMethods))
	case !l.Call && (l.Index != nil || !slices.Contains(stringMembers, l.Name)):
		t.report(l.Place, ruleUnknownMember, "%s prints nothing: %s", written(r), why)
	}
}

func (t *template) utilMember(r *vtl.Reference) {
	if len(r.Links) == 0 {
		return
	}
	l := &r.Links[0]
	known := slices.Contains(utilFunctions, l.Name)
	switch {
	case known && l.Call && len(l.Args) == 1:
		if l.Name != "parseJson" {
			t.textMember(r, 1, "$util."+l.Name+" gives text")
		}
	case known && l.Call:
		t.report(l.Place, ruleUnknownMember, "$util.%s takes one argument; with %d it prints nothing", l.Name, len(l.Args))
	case known:
		t.report(l.Place, ruleUnknownMember, "$util.%s needs parentheses; like this it prints nothing", l.Name)
	case slices.Contains(appSync, l.Name):
		t.report(l.Place, ruleUnknownMember, "$util.%s exists in AppSync only and prints nothing here", l.Name)
	default:
		t.report(l.Place, ruleUnknownMember, "$util has no %s: it prints nothing%s", shownLink(l), meant(l.Name, "$util.", utilFunctions))
	}
}

func (t *template) contextMember(r *vtl.Reference) {
	if len(r.Links) == 0 {
		return
	}
	l := &r.Links[0]
	name := memberName(l)
	if name == "" {
		if l.Call && !slices.Contains(mapMethods, l.Name) {
			t.report(l.Place, ruleUnknownMember, "$context has no method %s: it prints nothing", l.Name)
		}
		return
	}
	if wrong := unknownContext(name, "$context.", contextNames); wrong != "" {
		t.report(l.Place, ruleUnknownMember, "%s", wrong)
		return
	}
	if name != "identity" && name != "requestOverride" && name != "responseOverride" && name != "authorizer" {
		t.textMember(r, 1, "$context."+name+" is text")
		return
	}
	if len(r.Links) < 2 {
		return
	}
	below := &r.Links[1]
	inner := memberName(below)
	if inner == "" {
		return
	}
	switch name {
	case "identity":
		if !slices.Contains(identityNames, inner) {
			t.report(below.Place, ruleUnknownMember, "$context.identity has no %s: it prints nothing%s", inner, meant(inner, "", identityNames))
		}
	case "requestOverride":
		if near := nearest(inner, paramPlaces); near != "" && !slices.Contains(paramPlaces, inner) {
			t.report(below.Place, ruleUnknownMember, "$context.requestOverride.%s has no effect; did you mean %s?", inner, near)
		}
	case "responseOverride":
		if inner != "header" && inner != "status" {
			if near := nearest(inner, []string{"header", "status"}); near != "" {
				t.report(below.Place, ruleUnknownMember, "$context.responseOverride.%s has no effect; did you mean %s?", inner, near)
			}
		}
	}
}

// unknownContext says what is wrong with the first part of a $context name, or "".
func unknownContext(name, prefix string, known []string) string {
	if slices.Contains(known, name) {
		return ""
	}
	if where := elsewhere[name]; where != "" {
		return prefix + name + " exists in " + where + " only: it has no value here"
	}
	return prefix + name + " does not exist: it has no value" + meant(name, prefix, known)
}

func (t *template) stageVariable(r *vtl.Reference) {
	if len(r.Links) == 0 {
		return
	}
	l := &r.Links[0]
	name := memberName(l)
	if name == "" {
		if l.Call && !slices.Contains(mapMethods, l.Name) {
			t.report(l.Place, ruleUnknownMember, "$stageVariables has no method %s: it prints nothing", l.Name)
		}
		return
	}
	if wrong := t.unknownStageVariable(name, "$stageVariables."); wrong != "" {
		t.report(l.Place, ruleUnknownStageVar, "%s", wrong)
	}
	t.textMember(r, 1, "a stage variable is text")
}

// unknownStageVariable says what is wrong with a stage variable, or "".
func (l *linter) unknownStageVariable(name, prefix string) string {
	if l.options.Variables == nil {
		return ""
	}
	if _, ok := l.options.Variables[name]; ok {
		return ""
	}
	return "the stage has no variable " + name + ": it prints nothing" + meant(name, prefix, slices.Sorted(maps.Keys(l.options.Variables)))
}

func (t *template) loopMember(r *vtl.Reference) {
	for i := range r.Links {
		l := &r.Links[i]
		if l.Index != nil || l.Call {
			return
		}
		if !slices.Contains(loopMembers, l.Name) {
			t.report(l.Place, ruleUnknownMember, "$foreach has no %s: it prints nothing%s", l.Name, meant(l.Name, "", loopMembers))
			return
		}
		if l.Name != "parent" && l.Name != "topmost" {
			return
		}
	}
}
