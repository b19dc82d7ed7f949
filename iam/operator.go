package iam

import (
	"encoding/base64"
	"errors"
	"net/netip"
	"strings"
	"time"
)

// An operator is a row of the table below: how its values are read, and whether it is the negation of what they match.
type operator struct {
	compile func(text string, variables bool) (matcher, error)
	negated bool
	null    bool // asks for presence, not for values
}

// operators holds every condition operator without its prefix and suffix. Spec: access-control 6.3.
var operators = map[string]operator{
	"StringEquals":              {compile: compileExact},
	"StringNotEquals":           {compile: compileExact, negated: true},
	"StringEqualsIgnoreCase":    {compile: compileFolded},
	"StringNotEqualsIgnoreCase": {compile: compileFolded, negated: true},
	"StringLike":                {compile: compileLike},
	"StringNotLike":             {compile: compileLike, negated: true},

	"NumericEquals":            {compile: compileNumber(equal)},
	"NumericNotEquals":         {compile: compileNumber(equal), negated: true},
	"NumericLessThan":          {compile: compileNumber(less)},
	"NumericLessThanEquals":    {compile: compileNumber(less | equal)},
	"NumericGreaterThan":       {compile: compileNumber(greater)},
	"NumericGreaterThanEquals": {compile: compileNumber(greater | equal)},

	"DateEquals":            {compile: compileDate(equal)},
	"DateNotEquals":         {compile: compileDate(equal), negated: true},
	"DateLessThan":          {compile: compileDate(less)},
	"DateLessThanEquals":    {compile: compileDate(less | equal)},
	"DateGreaterThan":       {compile: compileDate(greater)},
	"DateGreaterThanEquals": {compile: compileDate(greater | equal)},

	"Bool":         {compile: compileBool},
	"BinaryEquals": {compile: compileBinary},
	"IpAddress":    {compile: compileAddress},
	"NotIpAddress": {compile: compileAddress, negated: true},

	"ArnEquals":    {compile: compileARN},
	"ArnLike":      {compile: compileARN},
	"ArnNotEquals": {compile: compileARN, negated: true},
	"ArnNotLike":   {compile: compileARN, negated: true},

	"Null": {compile: compileNull, null: true},
}

// An answer is what a matcher says of one value.
type answer uint8

const (
	no answer = iota
	yes
	unfit // the value is not of the operator's type
)

func answerOf(b bool) answer {
	if b {
		return yes
	}
	return no
}

// A matcher is one value of a policy, read once.
type matcher interface {
	match(v *Value, k *Keys) answer
}

// order is a set of outcomes of a comparison.
type order uint8

const (
	less order = 1 << iota
	equal
	greater
)

// holds reports whether the outcome c, as of cmp.Compare, is in the set.
func (o order) holds(c int) answer {
	switch {
	case c < 0:
		return answerOf(o&less != 0)
	case c > 0:
		return answerOf(o&greater != 0)
	}
	return answerOf(o&equal != 0)
}

type exactText struct{ pattern pattern }

func compileExact(text string, variables bool) (matcher, error) {
	p, err := compilePattern(text, syntax{variables: variables})
	return &exactText{p}, err
}

func compileLike(text string, variables bool) (matcher, error) {
	p, err := compilePattern(text, syntax{globs: true, variables: variables})
	return &exactText{p}, err
}

func (m *exactText) match(v *Value, k *Keys) answer { return answerOf(m.pattern.match(v.text(), k)) }

type foldedText struct{ pattern pattern }

func compileFolded(text string, variables bool) (matcher, error) {
	p, err := compilePattern(text, syntax{variables: variables})
	return &foldedText{p}, err
}

// match folds whole texts, since the two forms of a letter may differ in length.
func (m *foldedText) match(v *Value, k *Keys) answer {
	text, ok := m.pattern.resolve(k)
	return answerOf(ok && strings.EqualFold(text, v.text()))
}

type comparedNumber struct {
	want  number
	order order
}

func compileNumber(o order) func(string, bool) (matcher, error) {
	return func(text string, _ bool) (matcher, error) {
		n, ok := parseNumber(text)
		if !ok {
			return nil, errors.New("is not a number")
		}
		return &comparedNumber{n, o}, nil
	}
}

func (m *comparedNumber) match(v *Value, _ *Keys) answer {
	n, ok := v.number()
	if !ok {
		return unfit
	}
	return m.order.holds(n.compare(m.want))
}

type comparedDate struct {
	want  time.Time
	order order
}

func compileDate(o order) func(string, bool) (matcher, error) {
	return func(text string, _ bool) (matcher, error) {
		t, ok := parseDate(text)
		if !ok {
			return nil, errors.New("is neither an ISO 8601 date nor seconds since 1970")
		}
		return &comparedDate{t, o}, nil
	}
}

func (m *comparedDate) match(v *Value, _ *Keys) answer {
	t, ok := v.date()
	if !ok {
		return unfit
	}
	return m.order.holds(t.Compare(m.want))
}

// boolText is true or false, or a variable that will say.
type boolText struct {
	want    bool
	pattern *pattern
}

func compileBool(text string, variables bool) (matcher, error) {
	if b, ok := parseBool(text); ok {
		return &boolText{want: b}, nil
	}
	p, err := compilePattern(text, syntax{variables: variables})
	if err == nil && len(p.variables) == 0 {
		err = errors.New(`is neither "true" nor "false"`)
	}
	return &boolText{pattern: &p}, err
}

// compileNull is compileBool without variables: whether a key is asked for cannot depend on another.
func compileNull(text string, _ bool) (matcher, error) { return compileBool(text, false) }

func (m *boolText) match(v *Value, k *Keys) answer {
	got, ok := v.boolean()
	if !ok {
		return unfit
	}
	want := m.want
	if m.pattern != nil {
		text, _ := m.pattern.resolve(k)
		if want, ok = parseBool(text); !ok {
			return no
		}
	}
	return answerOf(got == want)
}

// binary is data, and the same in base64, which is how it arrives in text.
type binary struct{ raw, encoded string }

func compileBinary(text string, _ bool) (matcher, error) {
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, errors.New("is not base64")
	}
	return &binary{string(raw), base64.StdEncoding.EncodeToString(raw)}, nil
}

func (m *binary) match(v *Value, _ *Keys) answer {
	if v.kind == valueBytes {
		return answerOf(v.str == m.raw)
	}
	return answerOf(v.kind == valueString && v.str == m.encoded)
}

type addressBlock struct{ prefix netip.Prefix }

func compileAddress(text string, _ bool) (matcher, error) {
	p, ok := parsePrefix(text)
	if !ok {
		return nil, errors.New("is neither an IP address nor a CIDR block")
	}
	return &addressBlock{p}, nil
}

func (m *addressBlock) match(v *Value, _ *Keys) answer {
	a, ok := v.address()
	if !ok {
		return unfit
	}
	return answerOf(m.prefix.Contains(a))
}

type arnText struct{ pattern arnPattern }

func compileARN(text string, variables bool) (matcher, error) {
	p, err := compileARNValue(text, variables)
	return &arnText{p}, err
}

func (m *arnText) match(v *Value, k *Keys) answer {
	text := v.text()
	a := cutARN(text)
	if !a.ok {
		return unfit
	}
	return answerOf(m.pattern.match(text, &a, k))
}
