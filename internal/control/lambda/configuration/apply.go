package configuration

import (
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/runtimes"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/functionstore"
	"github.com/gatehouse-gateway/gatehouse/internal/seal"
)

// Defaults is the configuration of a function of which nothing was said. Spec: functions B2.
func Defaults() definition.FunctionVersion {
	return definition.FunctionVersion{
		Timeout: 3, MemorySize: 128, EphemeralStorage: 512, Architectures: []string{"x86_64"}, Logging: definition.FunctionLogging{Format: textLogs},
	}
}

// Apply sets the members that are there in a version of a function. What it has no effect for was refused by CheckSupported.
func Apply(box *seal.Box, doc *definition.Function, v *definition.FunctionVersion, in *Members) error {
	if in.Runtime != nil {
		if err := runtimes.Check(*in.Runtime); err != nil {
			return err
		}
		v.Runtime = *in.Runtime
	}
	set(&v.Role, in.Role)
	set(&v.Handler, in.Handler)
	set(&v.Description, in.Description)
	setInt(&v.Timeout, in.Timeout)
	setInt(&v.MemorySize, in.MemorySize)
	if in.EphemeralStorage != nil {
		setInt(&v.EphemeralStorage, in.EphemeralStorage.Size)
	}
	if err := applyLogging(&v.Logging, in.LoggingConfig); err != nil {
		return err
	}
	if in.DeadLetterConfig != nil {
		v.DeadLetter = wire.Value(in.DeadLetterConfig.TargetArn)
	}
	if in.Environment == nil {
		return nil
	}
	variables := in.Environment.Variables
	if variables == nil {
		variables = map[string]string{}
	}
	if err := checkEnvironment(variables); err != nil {
		return err
	}
	return functionstore.SealEnvironment(box, doc, v, variables)
}

func set(into *string, from *string) {
	if from != nil {
		*into = *from
	}
}

func setInt(into *int, from *int64) {
	if from != nil {
		*into = int(*from)
	}
}

// Forms and levels of logs.
const (
	textLogs = "Text"
	jsonLogs = "JSON"
	level    = "INFO" // of JSON logs, when nobody says
)

// applyLogging sets the members that are there. Levels are for JSON only.
func applyLogging(l *definition.FunctionLogging, in *wire.LoggingConfig) error {
	if in == nil {
		return nil
	}
	set(&l.Format, in.LogFormat)
	set(&l.Group, in.LogGroup)
	if l.Format != jsonLogs {
		if in.ApplicationLogLevel != nil || in.SystemLogLevel != nil {
			return wire.Invalid("ApplicationLogLevel and SystemLogLevel can be specified only when LogFormat is JSON.")
		}
		l.ApplicationLevel, l.SystemLevel = "", ""
		return nil
	}
	l.ApplicationLevel, l.SystemLevel = first(in.ApplicationLogLevel, l.ApplicationLevel), first(in.SystemLogLevel, l.SystemLevel)
	return nil
}

// first is the level that a client gave, else the one before, else the usual one.
func first(given *string, before string) string {
	if given != nil {
		return *given
	}
	if before != "" {
		return before
	}
	return level
}
