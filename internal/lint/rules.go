package lint

import "slices"

// Severity says how bad a finding is.
type Severity uint8

// The severities, from the mildest.
const (
	Info    Severity = iota // worth knowing
	Warning                 // probably not what the author wants
	Error                   // fails when it runs
)

var severityNames = [...]string{"info", "warning", "error"}

func (s Severity) String() string { return severityNames[s] }

// Rule is a thing that is looked for. Its id never changes.
type Rule struct {
	ID       string
	Severity Severity // of most findings; a single one may be milder or worse
	Summary  string
}

// The ids of the rules.
const (
	ruleBadPath            = "bad-jsonpath"
	ruleBareValue          = "bare-value"
	ruleBodyPassthrough    = "body-passthrough"
	ruleEmptyValidator     = "empty-validator"
	ruleGatewayTemplate    = "gateway-template"
	ruleImport             = "import"
	ruleImportWarning      = "import-warning"
	ruleInvalidJSON        = "invalid-json"
	ruleMockStatus         = "mock-status"
	ruleNeverNoTemplate    = "never-without-template"
	ruleNoDefaultResponse  = "no-default-response"
	rulePatternAlways      = "pattern-always"
	rulePatternNever       = "pattern-never"
	rulePrintsItself       = "prints-itself"
	ruleQuotedJSON         = "quoted-json"
	ruleRefCase            = "ref-case"
	ruleRefused            = "refused-directive"
	ruleSeveralDefaults    = "several-defaults"
	ruleSyntax             = "template-syntax"
	ruleUndeclaredParam    = "undeclared-parameter"
	ruleUndeclaredResponse = "undeclared-response"
	ruleUnescapedResponse  = "unescaped-response"
	ruleUnescapedValue     = "unescaped-value"
	ruleUnknownMember      = "unknown-member"
	ruleUnknownRule        = "unknown-rule"
	ruleUnknownStageVar    = "unknown-stage-variable"
	ruleUnknownVariable    = "unknown-variable"
	ruleUnmappedURI        = "unmapped-placeholder"
	ruleUnreachable        = "unreachable-response"
	ruleUnusedPathMapping  = "unused-path-mapping"
	ruleUnusedResponse     = "unused-method-response"
	ruleUnusedValidator    = "unused-validator"
)

var rules = []Rule{
	{ruleBadPath, Error, "a JSONPath that cannot be read: the template answers 500 when it comes there"},
	{ruleBareValue, Warning, "text or an object written into JSON without quotes, where $input.json is meant"},
	{ruleBodyPassthrough, Warning, "bodies of other content types pass the templates by, unchanged"},
	{ruleEmptyValidator, Warning, "a request validator that has nothing to validate"},
	{ruleGatewayTemplate, Warning, "a gateway response template that uses what only mapping templates have, or names nothing"},
	{ruleImport, Error, "what keeps the document from being imported"},
	{ruleImportWarning, Warning, "what an import accepts and passes over"},
	{ruleInvalidJSON, Warning, "a template for JSON whose output is not JSON"},
	{ruleMockStatus, Error, "a MOCK request template without an integer statusCode: every request answers 500"},
	{ruleNeverNoTemplate, Error, "passthroughBehavior NEVER without any template: every request answers 415"},
	{ruleNoDefaultResponse, Info, "integration responses without a default: other statuses answer 500"},
	{rulePatternAlways, Warning, "a selection pattern that matches everything, so that others or the default are never used"},
	{rulePatternNever, Warning, "a selection pattern that matches nothing the integration can answer"},
	{rulePrintsItself, Warning, "text that looks like a reference or directive and is printed as it stands"},
	{ruleQuotedJSON, Warning, "JSON inside of quotes: it brings quotes of its own"},
	{ruleRefCase, Error, "a $ref whose letter case is not that of the file"},
	{ruleRefused, Error, "#include, #parse and #evaluate fail when they run"},
	{ruleSeveralDefaults, Warning, "several integration responses without pattern: only one is used"},
	{ruleSyntax, Error, "a template that does not parse: it answers 500"},
	{ruleUndeclaredParam, Error, "a mapping from or to a parameter that the method does not declare"},
	{ruleUndeclaredResponse, Error, "an integration response whose status the method does not declare: it answers 500"},
	{ruleUnescapedResponse, Info, "text of the back end inside of JSON quotes without $util.escapeJavaScript"},
	{ruleUnescapedValue, Warning, "text of the client inside of JSON quotes without $util.escapeJavaScript: it can write JSON of its own"},
	{ruleUnknownMember, Warning, "a member or method that the object does not have: it prints nothing"},
	{ruleUnknownRule, Warning, "a silencer that names no rule"},
	{ruleUnknownStageVar, Warning, "a stage variable that the configuration does not define"},
	{ruleUnknownVariable, Warning, "a variable that is never set: it prints nothing"},
	{ruleUnmappedURI, Error, "a {placeholder} in the URI that nothing fills in"},
	{ruleUnreachable, Warning, "an integration response that other ones always win over"},
	{ruleUnusedPathMapping, Warning, "a path mapping for a placeholder that the URI does not have"},
	{ruleUnusedResponse, Warning, "a method response that no integration response refers to"},
	{ruleUnusedValidator, Info, "a request validator that no method uses"},
}

// Rules lists every rule by id.
func Rules() []Rule { return slices.Clone(rules) }

// ruleOf finds a rule.
func ruleOf(id string) (Rule, bool) {
	i := slices.IndexFunc(rules, func(r Rule) bool { return r.ID == id })
	if i < 0 {
		return Rule{}, false
	}
	return rules[i], true
}

func ruleIDs() []string {
	ids := make([]string, len(rules))
	for i, r := range rules {
		ids[i] = r.ID
	}
	return ids
}
