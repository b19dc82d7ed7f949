package gateway

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gatehouse-gateway/gatehouse/vtl"
)

// RenderTraced is Render of a program that vtl.CompileTraced made; t is told
// what happens. With a *Secrets in t, what reads a secret parameter is not
// shown.
func RenderTraced(p *vtl.Program, dst []byte, v *Vars, limits vtl.Limits, t vtl.Tracer) ([]byte, error) {
	if !utf8.Valid(v.Body) {
		if t.Event != nil {
			t.Event(vtl.Event{Kind: vtl.EventError, Place: vtl.Place{Line: 1, Column: 1}, Value: ErrNotText.Error()})
		}
		return dst, ErrNotText
	}
	secrets, hide := t.Secrets.(*Secrets)
	if !hide {
		return p.ExecTraced(dst, &scope{vars: v, input: input{vars: v}}, limits, t)
	}
	hidden := *v
	if v.Context != nil {
		hidden.Context = secretContext{v.Context, secrets}
	}
	s := &secretScope{scope: scope{vars: &hidden, input: input{vars: &hidden}}, secrets: secrets}
	return p.ExecTraced(dst, s, limits, t)
}

// Secrets keeps the credentials of one request out of traces: the values of
// Authorization, x-api-key, Cookie and their like. It implements vtl.Secrets for
// one run.
type Secrets struct {
	values []string
	reads  int
}

// secretParams are the names of parameters that hold credentials, in lower case.
var secretParams = map[string]bool{
	"authorization": true, "proxy-authorization": true, "x-api-key": true, "cookie": true, "x-amz-security-token": true,
}

// Parts of secrets shorter than these many bytes stand in too many texts to be
// looked for.
const (
	minSecret = 4
	minPart   = 6
)

// SecretsOf finds the secrets among the parameters of a request.
func SecretsOf(v *Vars) *Secrets {
	s := new(Secrets)
	for _, list := range [][]Param{v.Header, v.Query, v.Path} {
		for _, p := range list {
			s.Add(p.Name, p.Value)
		}
	}
	return s
}

func secretParam(name string) bool { return secretParams[strings.ToLower(name)] }

// Add notes the value of a parameter, if its name is that of a credential, and
// the parts of the value: what follows the scheme, the values of cookies.
func (s *Secrets) Add(name, value string) {
	if !secretParam(name) || slices.Contains(s.values, value) {
		return
	}
	if len(value) >= minSecret {
		s.values = append(s.values, value)
	}
	parts := strings.Fields(value)
	if len(parts) > 0 && strings.HasSuffix(strings.ToLower(name), "authorization") {
		parts = parts[1:]
	}
	for _, part := range parts {
		part = strings.Trim(part, ";,")
		if strings.EqualFold(name, "cookie") {
			_, part, _ = strings.Cut(part, "=")
		}
		if len(part) >= minPart {
			s.values = append(s.values, part)
		}
	}
}

// Reads is how many secrets the run has read.
func (s *Secrets) Reads() int { return s.reads }

// Mask replaces the secrets in a text, and the beginning of one at the end of a
// text that was cut.
func (s *Secrets) Mask(text string, cut bool) string {
	for _, secret := range s.values {
		text = strings.ReplaceAll(text, secret, hiddenText)
	}
	if !cut {
		return text
	}
	for _, secret := range s.values {
		for n := min(len(secret), len(text)); n >= minSecret; n-- {
			if strings.HasSuffix(text, secret[:n]) {
				text = text[:len(text)-n] + hiddenText
				break
			}
		}
	}
	return text
}

const hiddenText = "(secret)"

// secretScope is a scope that counts reads of secrets.
type secretScope struct {
	scope
	secrets *Secrets
}

func (s *secretScope) Lookup(name string) (vtl.Value, bool) {
	if name == "input" {
		return &secretInput{&s.input, s.secrets}, true
	}
	return s.scope.Lookup(name)
}

// secretInput is $input.
type secretInput struct {
	*input
	secrets *Secrets
}

// Call counts params(name), and hands out maps that count.
func (in *secretInput) Call(env *vtl.Env, method string, args []vtl.Value) (vtl.Value, bool, error) {
	if method == "params" && len(args) == 0 {
		return &secretAllParams{allParams{in.vars}, in.secrets}, true, nil
	}
	if method == "params" && len(args) == 1 {
		if name, ok := args[0].(string); ok && secretParam(name) {
			in.secrets.reads++
		}
	}
	return in.input.Call(env, method, args)
}

type secretAllParams struct {
	allParams
	secrets *Secrets
}

func (p *secretAllParams) Get(name string) (vtl.Value, bool) {
	v, ok := p.allParams.Get(name)
	if list, isMap := v.(paramMap); isMap {
		return secretMap{list, p.secrets}, true
	}
	return v, ok
}

// Text prints the maps; any secret in them counts.
func (p *secretAllParams) Text() string {
	for _, list := range [][]Param{p.vars.Path, p.vars.Query, p.vars.Header} {
		secretMap{list, p.secrets}.count()
	}
	return p.allParams.Text()
}

type secretMap struct {
	paramMap
	secrets *Secrets
}

func (m secretMap) Get(name string) (vtl.Value, bool) {
	v, ok := m.paramMap.Get(name)
	if ok && secretParam(name) {
		m.secrets.reads++
	}
	return v, ok
}

// Text prints the map; any secret in it counts.
func (m secretMap) Text() string {
	m.count()
	return m.paramMap.Text()
}

func (m secretMap) count() {
	for _, p := range m.paramMap {
		if secretParam(p.Name) {
			m.secrets.reads++
		}
	}
}

// secretContext is a $context whose API key is secret.
type secretContext struct {
	ContextSource
	secrets *Secrets
}

func (c secretContext) Var(name string) (string, bool) {
	v, ok := c.ContextSource.Var(name)
	if ok && name == "identity.apiKey" {
		c.secrets.reads++
	}
	return v, ok
}
