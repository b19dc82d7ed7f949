package wire

import (
	_ "embed"
	"maps"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/awsproto"
)

//go:embed model.json
var modelJSON []byte

// printedEnums are the values of enums in the order in which the service's messages print them. Recorded.
var printedEnums = map[string][]string{
	"RecursiveLoop":   {"Terminate", "Allow"},
	"FunctionVersion": {"ALL"},
	"Architecture":    {"x86_64", "arm64"},
	"InvokeMode":      {"RESPONSE_STREAM", "BUFFERED"},
}

// unlisted are enums whose values the service checks with words of its own, or that only answers have.
var unlisted = []string{"Runtime", "State", "StateReasonCode", "LastUpdateStatus", "LastUpdateStatusReasonCode"}

// matches are patterns that look ahead or behind, written so that Go's regular expressions can match them, and one that is wider here.
var matches = map[string]string{
	"Alias":                `[a-zA-Z0-9-_]*[a-zA-Z-_][a-zA-Z0-9-_]*`,
	"FunctionUrlQualifier": `[a-zA-Z0-9-_]*[a-zA-Z-_][a-zA-Z0-9-_]*`,
	"FunctionUrlFunctionName": `(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]{1,64})` +
		`(:([a-zA-Z0-9-_]*[a-zA-Z-_][a-zA-Z0-9-_]*))?`,
	// The address of a web server is a destination of our own.
	"DestinationArn": `($|kafka://([^.]([a-zA-Z0-9\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*)|https?://.+)`,
	"S3Bucket":       `([0-9A-Za-z\.\-_]*[0-9A-Za-z\-_])?`,
	"CollectionName": `.*`, // of an operation that is refused
}

// bounds are the greatest values that the service documents, where the model is more generous. Spec: functions D2.
var bounds = map[string]float64{"Timeout": 900, "MemorySize": 10240, "EphemeralStorageSize": 10240}

// pages are the shapes of MaxItems that are capped instead of refused. Recorded for functions; the others are alike.
var pages = []string{"MaxItems", "MaxListItems", "MaxFunctionEventInvokeConfigListItems", "MaxProvisionedConcurrencyConfigListItems", "MaxLayerListItems"}

// ServiceModel returns the model of the service, corrected where the service departs from it.
func ServiceModel() (*awsproto.Model, error) { return awsproto.ParseModel(modelJSON, correct) }

func correct(m *awsproto.Model) {
	for name, values := range printedEnums {
		m.Shapes[name].Enum = values
	}
	for _, name := range unlisted {
		m.Shapes[name].Enum = nil
	}
	for name, pattern := range matches {
		m.Shapes[name].Match = pattern
	}
	for _, name := range slices.Sorted(maps.Keys(bounds)) {
		most := bounds[name]
		m.Shapes[name].Max = &most
	}
	for _, name := range pages {
		m.Shapes[name].Max = nil
	}
	// Recorded: what the message of a layer's ARN prints has no parentheses around it.
	version := m.Shapes["LayerVersionArn"]
	version.Pattern = strings.TrimSuffix(strings.TrimPrefix(version.Pattern, "("), ")")
	// Recorded: PublishLayerVersion names wrong runtimes before wrong architectures; package layer checks both.
	m.Shapes["CompatibleArchitectures"].Member = "String"
	// Recorded: a concurrency that cannot be is looked at after the function, which may not exist.
	m.Shapes["ReservedConcurrentExecutions"].Min = nil
	// The answer of a deletion has no members and 204, whatever the model says. Recorded.
	m.Operations["DeleteFunction"].Success, m.Operations["DeleteFunction"].Output = 204, ""
}
