package wire

import (
	"regexp"
	"strings"
)

// Bounds of tags. Spec: control-plane 15.
const (
	maxTags     = 50
	maxTagKey   = 128
	maxTagValue = 256
)

var tagText = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)

// CheckTags refuses tags that nobody may set.
func CheckTags(tags map[string]string) error {
	if len(tags) > maxTags {
		return BadRequest("Too many tags: a resource has at most %d", maxTags)
	}
	for key, value := range tags {
		switch {
		case strings.HasPrefix(strings.ToLower(key), "aws:"):
			return BadRequest("aws: prefixed tag key names are not allowed for external use.")
		case key == "" || len(key) > maxTagKey || !tagText.MatchString(key):
			return BadRequest("Invalid tag key specified: %s", key)
		case len(value) > maxTagValue || !tagText.MatchString(value):
			return BadRequest("Invalid tag value specified for key: %s", key)
		}
	}
	return nil
}
