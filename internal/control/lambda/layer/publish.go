package layer

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/awsproto"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/code"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/runtimes"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/source"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/store"
)

// publish makes the next version of a layer, also of the same content.
func (o *Operations) publish(ctx context.Context, in *wire.PublishLayerVersionRequest) (*wire.PublishLayerVersionResponse, error) {
	n, err := own(ctx, in.LayerName, "lambda:PublishLayerVersion")
	if err != nil {
		return nil, err
	}
	if err := checkCompatible(in.CompatibleRuntimes, in.CompatibleArchitectures); err != nil {
		return nil, err
	}
	zip, err := o.readContent(ctx, n.region, in.Content)
	if err != nil {
		return nil, err
	}
	stored, release, err := code.Store(ctx, o.state, zip)
	defer release()
	if err != nil {
		return nil, err
	}
	made := &definition.LayerVersion{
		Description: wire.Value(in.Description), Code: stored, CompatibleRuntimes: in.CompatibleRuntimes, CompatibleArchitectures: in.CompatibleArchitectures,
		LicenseInfo: wire.Value(in.LicenseInfo), Created: o.state.Now().UTC(),
	}
	v := version{name: n}
	err = put(ctx, o.state.Layers, n, func(l *definition.Layer) error {
		l.LastVersion++
		v.number = l.LastVersion
		l.Versions[v.digits()] = made
		return nil
	})
	if err != nil {
		return nil, err
	}
	shown := wire.PublishLayerVersionResponse(*o.show(ctx, v, made))
	return &shown, nil
}

// put changes a layer, or makes it.
func put(ctx context.Context, layers *store.Collection[definition.Layer], n name, change func(*definition.Layer) error) error {
	with := func(l *definition.Layer) error {
		if l.Versions == nil {
			l.Versions = make(map[string]*definition.LayerVersion)
		}
		return change(l)
	}
	for {
		_, err := layers.Change(ctx, n.key(), with)
		if !errors.Is(err, engine.ErrNotFound) {
			return err
		}
		l := &definition.Layer{AccountID: n.accountID, Region: n.region, Name: n.layer}
		if err := with(l); err != nil {
			return err
		}
		if err := layers.Create(ctx, n.key(), l); !errors.Is(err, engine.ErrExists) {
			return err // else somebody else was faster
		}
	}
}

// architectures are those that the service has.
var architectures = []string{"x86_64", "arm64"}

// checkCompatible refuses runtimes and architectures that there never were, all of them in one error. Recorded.
func checkCompatible(names, archs []string) error {
	var wrong []string
	refuse := func(values []string, member, constraint string) {
		wrong = append(wrong, "Value '["+strings.Join(values, ", ")+"]' at '"+member+"' failed to satisfy constraint: "+constraint)
	}
	if slices.ContainsFunc(names, func(r string) bool { return !runtimes.Known(r) }) {
		refuse(names, "compatibleRuntimes", "Member must satisfy enum value set: ["+strings.Join(runtimes.Supported(), ", ")+"]")
	}
	if slices.ContainsFunc(archs, func(a string) bool { return !slices.Contains(architectures, a) }) {
		refuse(archs, "compatibleArchitectures", "Member must satisfy constraint: [Member must satisfy enum value set: ["+strings.Join(architectures, ", ")+"], Member must not be null]")
	}
	switch len(wrong) {
	case 0:
		return nil
	case 1:
		return awsproto.NewError(400, "ValidationException", "1 validation error detected: "+wrong[0])
	}
	return awsproto.NewError(400, "ValidationException", strconv.Itoa(len(wrong))+" validation errors detected: "+strings.Join(wrong, "; "))
}

// readContent finds the zip file of a call, and refuses one that cannot be unpacked.
func (o *Operations) readContent(ctx context.Context, region string, c *wire.LayerVersionContentInput) ([]byte, error) {
	switch {
	case c.S3ObjectStorageMode != nil:
		return nil, wire.Unsupported("Content.S3ObjectStorageMode")
	case c.ZipFile == nil && c.S3Bucket == nil && c.S3Key == nil:
		return nil, wire.Invalid("Please provide a source for the content of the layer.")
	}
	return code.Read(ctx, o.state, region, source.Place{ZipFile: c.ZipFile, Bucket: c.S3Bucket, Key: c.S3Key, Version: c.S3ObjectVersion})
}

// delete removes a version; functions that use it go on to. One that is not there is removed already. Recorded.
func (o *Operations) delete(ctx context.Context, in *wire.DeleteLayerVersionRequest) (*wire.None, error) {
	v, err := ownVersion(ctx, in.LayerName, in.VersionNumber, "lambda:DeleteLayerVersion")
	if err != nil {
		return nil, err
	}
	_, err = o.state.Layers.Change(ctx, v.key(), func(l *definition.Layer) error {
		if l.Versions[v.digits()] == nil {
			return engine.ErrNotFound
		}
		delete(l.Versions, v.digits())
		return nil
	})
	return nil, wire.OrNotFound(err, nil)
}
