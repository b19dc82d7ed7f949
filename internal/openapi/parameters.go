package openapi

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// SetParameters takes over the parameters of ImportRestApi and PutRestApi: basepath (also written basePath), ignore and
// endpointConfigurationTypes. The error is the text of a BadRequestException. Spec: control-plane 10.1.
func (o *Options) SetParameters(parameters map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(parameters)) {
		value := parameters[name]
		switch name {
		case "basepath", "basePath":
			if !slices.Contains([]string{"ignore", "prepend", "split"}, value) {
				return fmt.Errorf("Invalid value '%s' for parameter '%s'. Must be one of: [ignore, prepend, split]", value, name)
			}
			o.BasePath = value
		case "ignore":
			if value != "documentation" {
				return fmt.Errorf("Invalid value '%s' for parameter 'ignore'. Must be one of: [documentation]", value)
			}
			o.IgnoreDocumentation = true
		case "endpointConfigurationTypes":
			o.EndpointTypes = []string{}
			for t := range strings.SplitSeq(value, ",") {
				if !slices.Contains(endpointTypes, t) {
					return fmt.Errorf("Invalid value '%s' for parameter 'endpointConfigurationTypes'. Must be one of: [%s]", t, strings.Join(endpointTypes, ", "))
				}
				o.EndpointTypes = append(o.EndpointTypes, t)
			}
		default:
			return fmt.Errorf("Unknown import parameter '%s'%s", name, didYouMean(name, []string{"basepath", "ignore", "endpointConfigurationTypes"}))
		}
	}
	return nil
}

var endpointTypes = []string{"EDGE", "REGIONAL", "PRIVATE"}
