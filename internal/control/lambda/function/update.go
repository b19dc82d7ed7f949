package function

import (
	"context"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/code"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/configuration"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
)

// updateFunctionCode replaces the code of the newest version. Calls that begin after the answer run it.
func (o *Operations) updateFunctionCode(ctx context.Context, in *wire.UpdateFunctionCodeRequest) (*wire.FunctionConfiguration, error) {
	ref, err := latestOf(ctx, in.FunctionName)
	if err != nil {
		return nil, err
	}
	if in.PublishTo != nil {
		return nil, wire.Unsupported("PublishTo")
	}
	if _, err := o.state.Get(ctx, ref, state.ErrNoFunction(ref)); err != nil {
		return nil, err
	}
	zip, err := o.readCode(ctx, ref.Region, &wire.FunctionCode{ZipFile: in.ZipFile, S3Bucket: in.S3Bucket, S3Key: in.S3Key, S3ObjectVersion: in.S3ObjectVersion,
		S3ObjectStorageMode: in.S3ObjectStorageMode, ImageUri: in.ImageUri, SourceKMSKeyArn: in.SourceKMSKeyArn})
	if err != nil {
		return nil, err
	}
	if wire.Value(in.DryRun) {
		return o.dryRun(ctx, ref, in, zip)
	}
	stored, release, err := code.Store(ctx, o.state, zip)
	defer release()
	if err != nil {
		return nil, err
	}
	number := functions.Latest
	doc, err := o.state.Change(ctx, ref, state.ErrNoFunction(ref), func(doc *definition.Function) error {
		v := &doc.Latest
		if err := checkRevision(in.RevisionId, v); err != nil {
			return err
		}
		v.Code = stored
		if err := code.CheckTogether(ctx, o.state, v); err != nil {
			return err
		}
		if in.Architectures != nil {
			v.Architectures = in.Architectures
		}
		o.touch(v)
		if wire.Value(in.Publish) {
			number, _ = o.publish(doc, nil)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if number != functions.Latest {
		// The version's own revision id does not change while it is made. Recorded.
		return configuration.Show(o.state.Box, doc, doc.Versions[number], number, configuration.ARN(doc, number), configuration.Created)
	}
	return o.showUpdated(doc, ref)
}

// dryRun answers as if the code had been replaced. Spec: functions B3.
func (o *Operations) dryRun(ctx context.Context, ref functions.Ref, in *wire.UpdateFunctionCodeRequest, zip []byte) (*wire.FunctionConfiguration, error) {
	doc, err := o.state.Get(ctx, ref, state.ErrNoFunction(ref))
	if err != nil {
		return nil, err
	}
	v := doc.Latest
	if err := checkRevision(in.RevisionId, &v); err != nil {
		return nil, err
	}
	if _, v.Code, err = code.Seal(o.state.Box, zip); err != nil {
		return nil, err
	}
	if err := code.CheckTogether(ctx, o.state, &v); err != nil {
		return nil, err
	}
	if in.Architectures != nil {
		v.Architectures = in.Architectures
	}
	return configuration.Show(o.state.Box, doc, &v, functions.Latest, ref.ARN(), configuration.Settled)
}

// updateFunctionConfiguration changes members of the newest version; those that are absent stay.
func (o *Operations) updateFunctionConfiguration(ctx context.Context, in *wire.UpdateFunctionConfigurationRequest) (*wire.FunctionConfiguration, error) {
	ref, err := latestOf(ctx, in.FunctionName)
	if err != nil {
		return nil, err
	}
	if err := configuration.CheckSupported(in); err != nil {
		return nil, err
	}
	if err := configuration.CheckDeadLetter(o.state.AWS, in); err != nil {
		return nil, err
	}
	if err := o.checkVariables(in.Environment); err != nil {
		return nil, err
	}
	if in.Handler != nil && strings.TrimSpace(*in.Handler) == "" {
		return nil, wire.Invalid("Runtime and Handler are mandatory parameters for functions created with deployment packages.")
	}
	if _, err := o.state.Get(ctx, ref, state.ErrNoFunction(ref)); err != nil {
		return nil, err
	}
	layers, unpin, err := o.layers.Resolve(ctx, in.Layers)
	defer unpin()
	if err != nil {
		return nil, err
	}
	doc, err := o.state.Change(ctx, ref, state.ErrNoFunction(ref), func(doc *definition.Function) error {
		if err := checkRevision(in.RevisionId, &doc.Latest); err != nil {
			return err
		}
		if err := configuration.Apply(o.state.Box, doc, &doc.Latest, in); err != nil {
			return err
		}
		if in.Layers != nil {
			doc.Latest.Layers = layers
			if err := code.CheckTogether(ctx, o.state, &doc.Latest); err != nil {
				return err
			}
		}
		o.touch(&doc.Latest)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return o.showUpdated(doc, ref)
}

func (o *Operations) showUpdated(doc *definition.Function, ref functions.Ref) (*wire.FunctionConfiguration, error) {
	out, err := configuration.Show(o.state.Box, doc, &doc.Latest, functions.Latest, ref.ARN(), configuration.Updated)
	if err != nil {
		return nil, err
	}
	return configuration.Passing(out), nil
}

// latestOf reads the name of a function that is to be changed: published versions never are.
func latestOf(ctx context.Context, name *string) (functions.Ref, error) {
	ref, err := state.Ref(ctx, name, nil)
	if err == nil && ref.Qualifier != "" && ref.Qualifier != functions.Latest {
		return ref, state.ErrNotUnqualified
	}
	ref.Qualifier = ""
	return ref, err
}
