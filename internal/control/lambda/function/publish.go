package function

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/configuration"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/ident"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
)

// publishVersion freezes the newest version under a number. When it is what the last number was made of, that one is the answer.
// Spec: functions B3.
func (o *Operations) publishVersion(ctx context.Context, in *wire.PublishVersionRequest) (*wire.FunctionConfiguration, error) {
	ref, err := state.Ref(ctx, in.FunctionName, nil)
	if err != nil {
		return nil, err
	}
	if in.PublishTo != nil {
		return nil, wire.Unsupported("PublishTo")
	}
	var number string
	doc, err := o.state.Change(ctx, ref, state.ErrNoFunction(ref), func(doc *definition.Function) error {
		if err := checkRevision(in.RevisionId, &doc.Latest); err != nil {
			return err
		}
		if given, is := wire.Value(in.CodeSha256), configuration.CodeSHA256(doc.Latest.Code); given != "" && given != is {
			return wire.Invalid("CodeSHA256 (%s) is different from current CodeSHA256 in $LATEST (%s). Please try again with the CodeSHA256 in $LATEST.", given, is)
		}
		number, _ = o.publish(doc, in.Description)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return configuration.Show(o.state.Box, doc, doc.Versions[number], number, configuration.ARN(doc, number), configuration.Settled)
}

// publish adds a version to a function, or finds the one that is there already.
func (o *Operations) publish(doc *definition.Function, description *string) (number string, added bool) {
	source := digestOf(doc.Latest)
	if newest := strconv.Itoa(doc.LastVersion); doc.Versions[newest] != nil && doc.Versions[newest].Source == source {
		return newest, false
	}
	doc.LastVersion++
	number = strconv.Itoa(doc.LastVersion)
	v := doc.Latest
	v.Source = source
	if description != nil {
		v.Description = *description
	}
	o.touch(&v)
	if doc.Versions == nil {
		doc.Versions = make(map[string]*definition.FunctionVersion)
	}
	doc.Versions[number] = &v
	return number, true
}

// digestOf is a digest of the code and configuration of the newest version: all but when and how often it was changed, and the
// bytes of the environment, which are others each time they are sealed. What is known of code besides its digest says nothing more.
func digestOf(v definition.FunctionVersion) string {
	v.LastModified, v.RevisionID, v.Environment, v.Source, v.Code.Unzipped = time.Time{}, "", nil, "", 0
	text, err := json.Marshal(v)
	if err != nil {
		return "" // texts and numbers can always be written
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// listVersions lists the newest version, then the numbers.
func (o *Operations) listVersions(ctx context.Context, in *wire.ListVersionsByFunctionRequest) (*wire.ListVersionsByFunctionResponse, error) {
	ref, err := state.Ref(ctx, in.FunctionName, nil)
	if err != nil {
		return nil, err
	}
	ref.Qualifier = ""
	doc, err := o.state.Get(ctx, ref, state.ErrNoFunction(ref))
	if err != nil {
		return nil, err
	}
	page, next, err := wire.Page(listed(doc, true), listing.key, in.MaxItems, in.Marker)
	if err != nil {
		return nil, err
	}
	out := &wire.ListVersionsByFunctionResponse{Versions: []wire.FunctionConfiguration{}, NextMarker: next}
	out.Versions, err = o.showAll(out.Versions, page)
	return out, err
}

// listing is a version in a list.
type listing struct {
	doc       *definition.Function
	number    string
	qualified bool
}

// key puts functions in the order of their names, and their versions in that of their numbers, the newest first.
func (l listing) key() string {
	n := 0
	if l.number != functions.Latest {
		n, _ = strconv.Atoi(l.number) // numbers are digits
	}
	return fmt.Sprintf("%s\x00%012d", l.doc.Name, n)
}

// listed are the versions of a function in the order of a list.
func listed(doc *definition.Function, all bool) []listing {
	out := []listing{{doc, functions.Latest, all}}
	for n := 1; all && n <= doc.LastVersion; n++ {
		if number := strconv.Itoa(n); doc.Versions[number] != nil {
			out = append(out, listing{doc, number, true})
		}
	}
	return out
}

func (o *Operations) showAll(out []wire.FunctionConfiguration, page []listing) ([]wire.FunctionConfiguration, error) {
	for _, l := range page {
		qualifier, v := "", &l.doc.Latest
		if l.qualified {
			qualifier = l.number
		}
		if ident.IsVersion(l.number) {
			v = l.doc.Versions[l.number]
		}
		shown, err := configuration.Show(o.state.Box, l.doc, v, l.number, configuration.ARN(l.doc, qualifier), configuration.Listed)
		if err != nil {
			return nil, err
		}
		out = append(out, *shown)
	}
	return out, nil
}

// usedBy names the aliases that point to a version.
func usedBy(doc *definition.Function, number string) string {
	var names []string
	for name, a := range doc.Aliases {
		if _, further := a.Weights[number]; a.Version == number || further {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}
