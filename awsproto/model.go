package awsproto

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Model describes a service: its operations and the shapes of what they take and give.
type Model struct {
	Metadata   Metadata
	Operations map[string]*Operation
	Shapes     map[string]*Shape
}

// Metadata names a service.
type Metadata struct {
	ServiceID      string `json:"serviceId"`
	APIVersion     string `json:"apiVersion"`
	Protocol       string `json:"protocol"`
	EndpointPrefix string `json:"endpointPrefix"`
	SigningName    string `json:"signingName"`
}

// Operation is one call of the service.
type Operation struct {
	Name       string `json:"-"`
	Method     string `json:"method"`
	URI        string `json:"uri"`
	QueryFixed string `json:"queryFixed"` // "mode=import": tells operations with the same method and path apart
	Success    int    `json:"success"`
	Input      string `json:"input"`
	Output     string `json:"output"`
	Errors     []string
}

// Shape is a type of the model.
type Shape struct {
	Name    string   `json:"-"`
	Type    string   `json:"type"`
	Members *Members `json:"members"`
	Member  string   `json:"member"` // of a list
	Key     string   `json:"key"`
	Value   string   `json:"value"`
	Payload string   `json:"payload"` // the member that is the whole body
	Enum    []string `json:"enum"`
	Pattern string   `json:"pattern"`
	// Match is the pattern in Go's syntax, where Pattern cannot be compiled; "": Pattern is it.
	Match string `json:"match"`
	// Min and Max bound the length of texts, lists and maps, and the value of numbers; nil: no bound.
	Min             *float64 `json:"min"`
	Max             *float64 `json:"max"`
	TimestampFormat string   `json:"timestampFormat"`
	HTTPStatusCode  int      `json:"httpStatusCode"`
	Exception       bool     `json:"exception"`
	Fault           bool     `json:"fault"`
	// EmptyIsNull writes empty texts in a map of texts as null.
	EmptyIsNull bool `json:"emptyIsNull"`

	pattern *regexp.Regexp
}

// Members keeps the members of a structure in the order of the model.
type Members struct {
	Names  []string
	ByName map[string]*Member
}

// Member is a member of a structure: its type, and where it is on the wire.
type Member struct {
	Name            string   `json:"-"`
	Shape           string   `json:"shape"`
	Type            string   `json:"type"`
	Location        string   `json:"location"` // path, query, header, headers, status, payload; "" is the body
	LocationName    string   `json:"locationName"`
	TimestampFormat string   `json:"timestampFormat"`
	Enum            []string `json:"enum"`
	Required        bool     `json:"required"`
}

// Wire is the member's name on the wire.
func (m *Member) Wire() string {
	if m.LocationName != "" {
		return m.LocationName
	}
	return m.Name
}

// UnmarshalJSON reads members in their order.
func (m *Members) UnmarshalJSON(data []byte) error {
	m.ByName = make(map[string]*Member)
	dec := json.NewDecoder(strings.NewReader(string(data)))
	if _, err := dec.Token(); err != nil {
		return err
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return err
		}
		member := &Member{Name: fmt.Sprint(name)}
		if err := dec.Decode(member); err != nil {
			return err
		}
		m.Names = append(m.Names, member.Name)
		m.ByName[member.Name] = member
	}
	return nil
}

// ParseModel reads a model, lets the service correct where it departs from it, and checks that every shape it names exists.
func ParseModel(data []byte, correct ...func(*Model)) (*Model, error) {
	m := new(Model)
	if err := json.Unmarshal(data, m); err != nil {
		return nil, fmt.Errorf("service model: %w", err)
	}
	for _, c := range correct {
		c(m)
	}
	for name, op := range m.Operations {
		op.Name = name
		for _, shape := range []string{op.Input, op.Output} {
			if shape != "" && m.Shapes[shape] == nil {
				return nil, fmt.Errorf("service model: operation %s names the shape %s, which does not exist", name, shape)
			}
		}
	}
	for name, shape := range m.Shapes {
		shape.Name = name
		if err := shape.compilePattern(); err != nil {
			return nil, fmt.Errorf("service model: shape %s: %w", name, err)
		}
		if err := m.check(shape); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (m *Model) check(s *Shape) error {
	var named []string
	switch s.Type {
	case "structure":
		for _, member := range s.members() {
			named = append(named, member.Shape)
		}
	case "list":
		named = []string{s.Member}
	case "map":
		named = []string{s.Key, s.Value}
	}
	for _, name := range named {
		if m.Shapes[name] == nil {
			return fmt.Errorf("service model: shape %s names the shape %s, which does not exist", s.Name, name)
		}
	}
	return nil
}

// members are the members of a structure in order.
func (s *Shape) members() []*Member {
	if s == nil || s.Members == nil {
		return nil
	}
	all := make([]*Member, len(s.Members.Names))
	for i, name := range s.Members.Names {
		all[i] = s.Members.ByName[name]
	}
	return all
}

// OperationNames lists the operations, sorted.
func (m *Model) OperationNames() []string { return slices.Sorted(maps.Keys(m.Operations)) }
