package restapi

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/traffic"
)

// settingsKey is what a key of a stage's method settings means: a resource path and a verb. "*" is any.
type settingsKey struct{ path, verb string }

// methodSettings are the method settings of a stage by meaning.
type methodSettings map[settingsKey]definition.MethodSettings

// compileSettings reads the keys. Clients spell them in many ways, and the stage keeps the spelling: pets/GET, /pets/GET,
// ~1pets~1{id}/GET, and for the root ~1/GET, //GET or /GET. Of two spellings of one method the first in the order of bytes
// counts (unconfirmed). Spec: control-plane 7.18.
func compileSettings(stored map[string]definition.MethodSettings) (methodSettings, error) {
	settings := make(methodSettings, len(stored))
	for _, text := range slices.Sorted(maps.Keys(stored)) {
		key, ok := readSettingsKey(text)
		if !ok {
			return nil, fmt.Errorf("method settings for %q: the key is not {resource}/{METHOD} or */*", text)
		}
		if _, twice := settings[key]; !twice {
			settings[key] = stored[text]
		}
	}
	return settings, nil
}

// unescapePath undoes the escapes of a path segment of a patch.
var unescapePath = strings.NewReplacer("~1", "/", "~0", "~")

func readSettingsKey(text string) (settingsKey, bool) {
	end := strings.LastIndexByte(text, '/')
	if end < 0 {
		return settingsKey{}, false
	}
	verb := text[end+1:]
	if verb != "*" && verb != "ANY" && verbOf(verb) == noVerb {
		return settingsKey{}, false
	}
	if text[:end] == "*" {
		return settingsKey{"*", verb}, true
	}
	return settingsKey{"/" + strings.Trim(unescapePath.Replace(text[:end]), "/"), verb}, true
}

// of gives the settings of a method: the most specific entry, whole, or the built-in ones; entries are not merged.
// Spec: rest-api 13.2, traffic 3.5.
func (s methodSettings) of(path, verb string) definition.MethodSettings {
	for _, key := range [...]settingsKey{{path, verb}, {path, "*"}, {"*", verb}, {"*", "*"}} {
		if found, ok := s[key]; ok {
			return found
		}
	}
	return definition.MethodSettings{ThrottlingRateLimit: accountRate, ThrottlingBurstLimit: accountBurst}
}

// verbs lists the verbs that have an entry of their own on a resource.
func (s methodSettings) verbs(path string) []string {
	var list []string
	for _, name := range verbNames {
		if _, ok := s[settingsKey{path, name}]; ok {
			list = append(list, name)
		}
	}
	return list
}

// The limits of an account, which every method has until its settings say otherwise. Spec: traffic 3.4.
const (
	accountRate  = 10000 // requests a second
	accountBurst = 5000
)

// throttleOf is the limit that settings ask for; ok is false when it is the account's, which needs no bucket of the method.
// Negative values are as if they were not set. Spec: traffic 3.3.
func throttleOf(s definition.MethodSettings) (l traffic.Limit, ok bool) {
	l = traffic.Limit{Rate: s.ThrottlingRateLimit, Burst: s.ThrottlingBurstLimit}
	if l.Rate < 0 {
		l.Rate = accountRate
	}
	if l.Burst < 0 {
		l.Burst = accountBurst
	}
	return l, l != traffic.Limit{Rate: accountRate, Burst: accountBurst}
}
