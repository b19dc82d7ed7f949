package awsclient

import (
	"fmt"
	"strings"
)

// ARN is the name of something of AWS: arn:{partition}:{service}:{region}:{account}:{resource}.
type ARN struct{ Partition, Service, Region, AccountID, Resource string }

// ParseARN reads an ARN. Region and account may be empty.
func ParseARN(text string) (ARN, error) {
	fields := strings.SplitN(text, ":", 6)
	if len(fields) != 6 || fields[0] != "arn" || fields[1] == "" || fields[2] == "" || fields[5] == "" {
		return ARN{}, fmt.Errorf("%q is no ARN", text)
	}
	return ARN{fields[1], fields[2], fields[3], fields[4], fields[5]}, nil
}

func (a ARN) String() string {
	return strings.Join([]string{"arn", a.Partition, a.Service, a.Region, a.AccountID, a.Resource}, ":")
}
