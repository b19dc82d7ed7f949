package wire

import "github.com/gatehouse-gateway/gatehouse/awsproto"

// Unsupported refuses what the service can do and Gatehouse cannot yet, by name: accepting it would pretend protection or
// traffic that is not there.
func Unsupported(what string) *awsproto.Error {
	return BadRequest("%s is not supported by Gatehouse yet", what)
}
