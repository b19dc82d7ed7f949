package functions

import "fmt"

// NetworkVariable says in the environment of a function which network its processes have: none, or without it that of the machine. It
// is an extension of Gatehouse.
const NetworkVariable = "GATEHOUSE_NETWORK"

const networkNone = "none"

// NoNetwork reports whether a function is to have no network.
func NoNetwork(environment map[string]string) (bool, error) {
	value, ok := environment[NetworkVariable]
	switch {
	case !ok:
		return false, nil
	case value == networkNone:
		return true, nil
	}
	return false, fmt.Errorf("%s: must be %s", NetworkVariable, networkNone)
}
