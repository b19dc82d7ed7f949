package javaregex

import (
	"strings"
	"unicode"
)

var (
	digitSet = set{{'0', '9'}}
	wordSet  = set{{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}}
	spaceSet = oneOf(" \t\n\v\f\r")
	// horizontalSet is \h, verticalSet is \v.
	horizontalSet = append(oneOf(" \t\u00A0\u1680\u180e\u202f\u205f\u3000"), span{0x2000, 0x200a}).tidy()
	verticalSet   = oneOf("\n\v\f\r\u0085\u2028\u2029")
	// lineTerminators are what '.' does not match, unless (?d) leaves \n only.
	lineTerminators = oneOf("\n\r\u0085\u2028\u2029")
	newline         = oneOf("\n")
	allSet          = set{{0, unicode.MaxRune}}
)

// posixSets are the classes that Java defines on ASCII.
var posixSets = map[string]set{
	"Lower":  {{'a', 'z'}},
	"Upper":  {{'A', 'Z'}},
	"ASCII":  {{0, 0x7F}},
	"Alpha":  {{'A', 'Z'}, {'a', 'z'}},
	"Digit":  digitSet,
	"Alnum":  {{'0', '9'}, {'A', 'Z'}, {'a', 'z'}},
	"Punct":  {{'!', '/'}, {':', '@'}, {'[', '`'}, {'{', '~'}},
	"Graph":  {{'!', '~'}},
	"Print":  {{' ', '~'}},
	"Blank":  oneOf(" \t"),
	"Cntrl":  {{0, 0x1F}, {0x7F, 0x7F}},
	"XDigit": {{'0', '9'}, {'A', 'F'}, {'a', 'f'}},
	"Space":  spaceSet,
	"L1":     {{0, 0xFF}},
	"all":    allSet,
}

// javaPredicates are the classes named after methods of java.lang.Character.
var javaPredicates = map[string][]string{
	"javaLowerCase":     {"Ll", "Other_Lowercase"},
	"javaUpperCase":     {"Lu", "Other_Uppercase"},
	"javaTitleCase":     {"Lt"},
	"javaAlphabetic":    {"L", "Nl", "Other_Alphabetic"},
	"javaLetter":        {"L"},
	"javaDigit":         {"Nd"},
	"javaLetterOrDigit": {"L", "Nd"},
	"javaSpaceChar":     {"Z"},
	"LC":                {"Lu", "Ll", "Lt"},
	"LD":                {"L", "Nd"},
}

// binaryProperties are the names after \p{Is that are neither script nor
// category. Java ignores their case.
var binaryProperties = map[string][]string{
	"alphabetic":  {"L", "Nl", "Other_Alphabetic"},
	"letter":      {"L"},
	"lowercase":   {"Ll", "Other_Lowercase"},
	"uppercase":   {"Lu", "Other_Uppercase"},
	"titlecase":   {"Lt"},
	"punctuation": {"P"},
	"control":     {"Cc"},
	"digit":       {"Nd"},
	"ideographic": {"Ideographic"},
	"white_space": {"White_Space"},
	"hex_digit":   {"Hex_Digit"},
}

// property returns the characters of \p{name}.
func property(name string) (set, bool) {
	key, value, isPair := strings.Cut(name, "=")
	if isPair {
		switch strings.ToLower(key) {
		case "sc", "script":
			return scriptSet(value)
		case "gc", "general_category":
			return unionOf([]string{value})
		case "blk", "block":
			return blockSet(value)
		}
		return nil, false
	}
	if s, ok := posixSets[name]; ok {
		return s, true
	}
	if name == "javaWhitespace" {
		s := unicodeSet("Z").intersect(oneOf("\u00A0\u2007\u202F").negate())
		return s.union(set{{'\t', '\r'}, {0x1C, 0x1F}}), true
	}
	if parts, ok := javaPredicates[name]; ok {
		return unionOf(parts)
	}
	if rest, ok := strings.CutPrefix(name, "Is"); ok {
		if parts, ok := binaryProperties[strings.ToLower(rest)]; ok {
			return unionOf(parts)
		}
		if s, ok := unionOf([]string{rest}); ok {
			return s, true
		}
		return scriptSet(rest)
	}
	if rest, ok := strings.CutPrefix(name, "In"); ok {
		return blockSet(rest)
	}
	return unionOf([]string{name})
}

func unionOf(names []string) (set, bool) {
	var s set
	for _, name := range names {
		part := unicodeSet(name)
		if part == nil {
			return nil, false
		}
		s = append(s, part...)
	}
	return s.tidy(), true
}

// unicodeSet returns a general category or property of Unicode, or nil.
func unicodeSet(name string) set {
	if t, ok := unicode.Categories[name]; ok {
		return tableSet(t)
	}
	if t, ok := unicode.Properties[name]; ok {
		return tableSet(t)
	}
	return nil
}

func scriptSet(name string) (set, bool) {
	for script, t := range unicode.Scripts {
		if strings.EqualFold(script, name) {
			return tableSet(t), true
		}
	}
	return nil, false
}
