package configuration

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"

	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/functionstore"
	"github.com/gatehouse-gateway/gatehouse/internal/seal"
)

// Mood is the moment of a version's life that an answer shows.
type Mood int

// The moods. What a call changed is stored, and in use, when the call is answered: Created and Updated are how the answer of that
// call looks, with a revision id that no later answer has. Spec: functions B2, recorded.
const (
	Settled Mood = iota
	Created      // Pending
	Updated      // InProgress
	Listed       // without a state
)

// creating is what the service says of both.
const creating = "The function is being created."

// Show is a version as answers have it. arn and number are those that the answer names.
func Show(box *seal.Box, doc *definition.Function, v *definition.FunctionVersion, number, arn string, mood Mood) (*wire.FunctionConfiguration, error) {
	out := &wire.FunctionConfiguration{
		FunctionName: &doc.Name, FunctionArn: &arn, Version: &number, Runtime: wire.NonZero(v.Runtime), Role: &v.Role, Handler: wire.NonZero(v.Handler),
		CodeSize: &v.Code.Size, CodeSha256: wire.Ptr(CodeSHA256(v.Code)), Description: &v.Description, Timeout: wire.Int(v.Timeout),
		MemorySize: wire.Int(v.MemorySize), LastModified: wire.Time(v.LastModified), RevisionId: &v.RevisionID, PackageType: wire.Ptr("Zip"),
		TracingConfig: &wire.TracingConfigResponse{Mode: wire.Ptr("PassThrough")}, Architectures: v.Architectures,
		EphemeralStorage: &wire.EphemeralStorage{Size: wire.Int(v.EphemeralStorage)},
		SnapStart:        &wire.SnapStartResponse{ApplyOn: wire.Ptr("None"), OptimizationStatus: wire.Ptr("Off")},
		LoggingConfig:    logging(doc.Name, v.Logging),
	}
	if v.DeadLetter != "" {
		out.DeadLetterConfig = &wire.DeadLetterConfig{TargetArn: &v.DeadLetter}
	}
	for _, l := range v.Layers {
		out.Layers = append(out.Layers, wire.Layer{Arn: wire.Ptr(l.ARN), CodeSize: wire.Ptr(l.Code.Size)})
	}
	variables, err := functionstore.OpenEnvironment(box, doc, v)
	if err != nil {
		// The rest is worth showing; what is wrong is said in its place, as the service does for keys that it may not use.
		out.Environment = &wire.EnvironmentResponse{Error: &wire.EnvironmentError{ErrorCode: wire.Ptr("InvalidCiphertextException"),
			Message: wire.Ptr("The stored environment variables cannot be decrypted with the data key of this gateway.")}}
	} else if variables != nil {
		out.Environment = &wire.EnvironmentResponse{Variables: variables}
	}
	if mood != Listed {
		out.RuntimeVersionConfig = &wire.RuntimeVersionConfig{RuntimeVersionArn: wire.Ptr(RuntimeVersion(doc.Region, v.Runtime))}
	}
	show(out, mood)
	return out, nil
}

func show(out *wire.FunctionConfiguration, mood Mood) {
	switch mood {
	case Settled:
		out.State, out.LastUpdateStatus = wire.Ptr("Active"), wire.Ptr("Successful")
	case Created:
		out.State, out.StateReason, out.StateReasonCode = wire.Ptr("Pending"), wire.Ptr(creating), wire.Ptr("Creating")
	case Updated:
		out.State = wire.Ptr("Active")
		out.LastUpdateStatus, out.LastUpdateStatusReason, out.LastUpdateStatusReasonCode = wire.Ptr("InProgress"), wire.Ptr(creating), wire.Ptr("Creating")
	}
}

// Passing gives an answer the revision id of a state that has passed when the client reads it.
func Passing(out *wire.FunctionConfiguration) *wire.FunctionConfiguration {
	out.RevisionId = wire.Ptr(state.NewRevision())
	return out
}

func logging(function string, l definition.FunctionLogging) *wire.LoggingConfig {
	group := l.Group
	if group == "" {
		group = "/aws/lambda/" + function
	}
	return &wire.LoggingConfig{LogFormat: &l.Format, LogGroup: &group, ApplicationLogLevel: wire.NonZero(l.ApplicationLevel), SystemLogLevel: wire.NonZero(l.SystemLevel)}
}

// CodeSHA256 is the digest of code as clients see it: in base64.
func CodeSHA256(c definition.Code) string {
	raw, err := hex.DecodeString(c.ZipSHA256())
	if err != nil {
		return ""
	}
	return base64.StdEncoding.EncodeToString(raw)
}

// RuntimeVersion is the ARN that stands for the one version of a runtime that this gateway has: a digest of the identifier.
func RuntimeVersion(region, runtime string) string {
	sum := sha256.Sum256([]byte("gatehouse runtime " + runtime))
	return "arn:aws:lambda:" + region + "::runtime:" + hex.EncodeToString(sum[:])
}

// ARN is the ARN of a function's version or alias; that of the function itself has no qualifier.
func ARN(doc *definition.Function, qualifier string) string {
	return functions.Ref{AccountID: doc.AccountID, Region: doc.Region, Name: doc.Name, Qualifier: qualifier}.ARN()
}
