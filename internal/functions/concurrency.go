package functions

import (
	"fmt"
	"strconv"
)

// ConcurrencyVariable says in the environment of a web function how many invocations one process serves at a time. It is an extension
// of Gatehouse.
const ConcurrencyVariable = "GATEHOUSE_ENVIRONMENT_CONCURRENCY"

// MaxEnvironmentConcurrency bounds it.
const MaxEnvironmentConcurrency = 1000

// EnvironmentConcurrency is how many invocations one process serves at a time: one, unless the environment says otherwise.
func EnvironmentConcurrency(environment map[string]string) (int, error) {
	text, ok := environment[ConcurrencyVariable]
	if !ok {
		return 1, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > MaxEnvironmentConcurrency {
		return 0, fmt.Errorf("%s: must be 1 to %d", ConcurrencyVariable, MaxEnvironmentConcurrency)
	}
	return n, nil
}
