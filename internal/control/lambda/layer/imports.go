package layer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/code"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/statement"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/seal"
	"github.com/gatehouse-gateway/gatehouse/internal/store"
)

// Imports are the layers of all accounts, as the operator sees them: those that are published here, and those that he brings from
// elsewhere under the ARN that they have there, so that templates which name it work. It is safe for concurrent use.
type Imports struct {
	Layers    *store.Collection[definition.Layer]
	Snapshots engine.Snapshots
	Box       *seal.Box
	Pin       func(digest string) (release func()) // nil: nobody removes code
	Now       func() time.Time
}

// Info says what there is of a version of a layer.
type Info struct {
	ARN        string    `json:"arn"`
	CodeSize   int64     `json:"codeSize"`   // bytes of the zip file
	CodeSHA256 string    `json:"codeSha256"` // hexadecimal digits
	Created    time.Time `json:"created"`
}

func infoOf(v version, stored *definition.LayerVersion) Info {
	return Info{ARN: v.arn(), CodeSize: stored.Code.Size, CodeSHA256: stored.Code.ZipSHA256(), Created: stored.Created}
}

// The errors of imports, besides ErrARN and those of the engine; a zip file that cannot be used is told in the words of the API.
var (
	ErrExists   = errors.New("this version of the layer is there already, with other content: a version never changes, remove it first")
	ErrNotFound = errors.New("there is no such version of a layer")
)

// Import stores a version of a layer under its ARN, for every account to use. The same content again changes nothing.
func (i *Imports) Import(ctx context.Context, arn string, zip []byte) (Info, error) {
	v, err := parseVersion(arn)
	if err != nil {
		return Info{}, err
	}
	if err := code.Check(zip); err != nil {
		return Info{}, err
	}
	sealed, about, err := code.Seal(i.Box, zip)
	if err != nil {
		return Info{}, err
	}
	if i.Pin != nil {
		defer i.Pin(about.Digest)()
	}
	if _, err := i.Snapshots.Put(ctx, sealed); err != nil {
		return Info{}, fmt.Errorf("layer %s: %w", v.arn(), err)
	}
	policy, err := forEverybody(v)
	if err != nil {
		return Info{}, err
	}
	made := &definition.LayerVersion{Code: about, Created: i.Now().UTC(), Policy: policy}
	err = put(ctx, i.Layers, v.name, func(l *definition.Layer) error {
		if there := l.Versions[v.digits()]; there != nil {
			made = there
			if there.Code.ZipSHA256() != about.SHA256 {
				return fmt.Errorf("layer %s: %w", v.arn(), ErrExists)
			}
			return nil
		}
		l.Versions[v.digits()] = made
		l.LastVersion = max(l.LastVersion, v.number)
		return nil
	})
	return infoOf(v, made), err
}

// forEverybody is the policy of a version that every account may use, as those that AWS publishes.
func forEverybody(v version) (definition.FunctionPolicy, error) {
	const id = "imported"
	text, err := statement.Statement{ID: id, Effect: "Allow", Principal: "*", Action: actionGet, Resource: v.arn()}.Text()
	return definition.FunctionPolicy{Statements: []definition.FunctionStatement{{ID: id, Text: text}}, RevisionID: state.NewRevision()}, err
}

// List returns the versions of all layers, by account, region, name and number.
func (i *Imports) List(ctx context.Context) ([]Info, error) {
	items, err := i.Layers.All(ctx, "")
	if err != nil {
		return nil, err
	}
	all := []Info{}
	for _, item := range items {
		l := item.Value
		var versions []version
		for digits := range l.Versions {
			if number, err := strconv.ParseInt(digits, 10, 64); err == nil {
				versions = append(versions, version{name{l.AccountID, l.Region, l.Name}, number})
			}
		}
		slices.SortFunc(versions, func(a, b version) int { return cmp.Compare(a.number, b.number) })
		for _, v := range versions {
			all = append(all, infoOf(v, l.Versions[v.digits()]))
		}
	}
	return all, nil
}

// Remove removes a version, published or imported, or returns ErrNotFound. Functions that use it go on to.
func (i *Imports) Remove(ctx context.Context, arn string) error {
	v, err := parseVersion(arn)
	if err != nil {
		return err
	}
	_, err = i.Layers.Change(ctx, v.key(), func(l *definition.Layer) error {
		if l.Versions[v.digits()] == nil {
			return ErrNotFound
		}
		delete(l.Versions, v.digits())
		return nil
	})
	if errors.Is(err, engine.ErrNotFound) {
		err = ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("layer %s: %w", v.arn(), err)
	}
	return nil
}
