package runtimes

import (
	"strconv"
	"strings"
)

// Identifier is a runtime as functions name it.
type Identifier struct {
	Name string // nodejs22.x
	// Family is the language: nodejs, python, provided, java, ruby, dotnet or go.
	Family string
	// Retired runtimes are known, and no function can be created with them any more. Recorded from the real service.
	Retired bool
	// Runs says whether Find can start functions of it.
	Runs bool
}

// The families that Find starts.
const (
	familyNode     = "nodejs"
	familyPython   = "python"
	familyJava     = "java"
	familyProvided = "provided"
)

// identifiers are in the order of the service's documentation, newest first within a family.
var identifiers = []Identifier{
	{"nodejs24.x", familyNode, false, true},
	{"nodejs22.x", familyNode, false, true},
	{"nodejs20.x", familyNode, false, true},
	{"nodejs18.x", familyNode, false, true},
	{"nodejs16.x", familyNode, false, true},
	{"nodejs14.x", familyNode, true, true},
	{"nodejs12.x", familyNode, true, true},
	{"nodejs10.x", familyNode, true, true},
	{"nodejs8.10", familyNode, true, true},
	{"nodejs6.10", familyNode, true, true},
	{"nodejs4.3", familyNode, true, true},
	{"nodejs4.3-edge", familyNode, true, true},
	{"nodejs", familyNode, true, true},
	{"python3.14", familyPython, false, true},
	{"python3.13", familyPython, false, true},
	{"python3.12", familyPython, false, true},
	{"python3.11", familyPython, false, true},
	{"python3.10", familyPython, false, true},
	{"python3.9", familyPython, false, true},
	{"python3.8", familyPython, false, true},
	{"python3.7", familyPython, true, true},
	{"python3.6", familyPython, true, true},
	{"python2.7", familyPython, true, false},
	{"java25", familyJava, false, true},
	{"java21", familyJava, false, true},
	{"java17", familyJava, false, true},
	{"java11", familyJava, false, true},
	{"java8.al2", familyJava, false, true},
	{"java8", familyJava, true, true},
	{"dotnet10", "dotnet", false, false},
	{"dotnet8", "dotnet", false, false},
	{"dotnet6", "dotnet", false, false},
	{"dotnetcore3.1", "dotnet", true, false},
	{"dotnetcore2.1", "dotnet", true, false},
	{"dotnetcore2.0", "dotnet", true, false},
	{"dotnetcore1.0", "dotnet", true, false},
	{"ruby3.4", "ruby", false, false},
	{"ruby3.3", "ruby", false, false},
	{"ruby3.2", "ruby", false, false},
	{"ruby2.7", "ruby", true, false},
	{"ruby2.5", "ruby", true, false},
	{"go1.x", "go", true, false},
	{"provided.al2023", familyProvided, false, true},
	{"provided.al2", familyProvided, false, true},
	{"provided", familyProvided, true, true},
}

// Identifiers are all runtimes that the service knows or knew.
func Identifiers() []Identifier { return append([]Identifier(nil), identifiers...) }

// Known reports whether runtime is an identifier of the service, be it retired.
func Known(runtime string) bool {
	_, ok := lookUp(runtime)
	return ok
}

func lookUp(runtime string) (Identifier, bool) {
	for _, id := range identifiers {
		if id.Name == runtime {
			return id, true
		}
	}
	return Identifier{}, false
}

// version is the engine's version that an identifier stands for: 22 of nodejs22.x, 3.13 of python3.13, 8 of java8.al2; "" if it
// names none.
func (id Identifier) version() string {
	v, named := strings.CutPrefix(id.Name, id.Family)
	if !named {
		return ""
	}
	v = strings.TrimSuffix(strings.TrimSuffix(v, "-edge"), ".x")
	if id.Family == familyNode || id.Family == familyJava {
		v, _, _ = strings.Cut(v, ".")
	}
	return v
}

// atLeast reports whether a dotted version is not below other, number by number.
func atLeast(version, other string) bool {
	a, b := strings.Split(version, "."), strings.Split(other, ".")
	for i := range b {
		if i == len(a) {
			return false
		}
		x, errX := strconv.Atoi(a[i])
		y, errY := strconv.Atoi(b[i])
		if errX != nil || errY != nil {
			return false
		}
		if x != y {
			return x > y
		}
	}
	return true
}
