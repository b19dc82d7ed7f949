package layer

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/awsproto"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/store"
)

// name names a layer.
type name struct{ accountID, region, layer string }

// key is the key of the layer's document.
func (n name) key() string { return store.Key(n.accountID, n.region, n.layer) }

func (n name) arn() string {
	return "arn:aws:lambda:" + n.region + ":" + n.accountID + ":layer:" + n.layer
}

// version names a version of a layer.
type version struct {
	name
	number int64
}

// digits is the number as the versions of a layer are kept by.
func (v version) digits() string { return strconv.FormatInt(v.number, 10) }

func (v version) arn() string { return v.name.arn() + ":" + v.digits() }

// ErrARN means that a text is not the ARN of a version of a layer.
var ErrARN = errors.New("not the ARN of a layer version, arn:aws:lambda:{region}:{account}:layer:{name}:{version}")

var versionARN = regexp.MustCompile(`^arn:aws[a-zA-Z-]*:lambda:([a-z]{2,5}(?:-[a-z]+){1,3}-\d):(\d{12}):layer:([a-zA-Z0-9-_]{1,140})(?::([1-9]\d{0,17}))?$`)

// parseVersion reads the ARN of a version.
func parseVersion(arn string) (version, error) {
	m := versionARN.FindStringSubmatch(arn)
	if m == nil || m[4] == "" {
		return version{}, fmt.Errorf("%w: %q", ErrARN, arn)
	}
	number, err := strconv.ParseInt(m[4], 10, 64)
	return version{name{m[2], m[1], m[3]}, number}, err
}

// nameOf reads the name of a layer, or its ARN, which the model has checked. It must be of the caller's region.
func nameOf(scope state.Scope, text *string) (name, error) {
	given := wire.Value(text)
	if !strings.HasPrefix(given, "arn:") {
		return name{scope.AccountID, scope.Region, given}, nil
	}
	m := versionARN.FindStringSubmatch(given)
	if m == nil {
		return name{}, wire.Invalid("The layer name %q cannot be read.", given)
	}
	n := name{m[2], m[1], m[3]}
	return n, reaches(scope, n)
}

// named is nameOf for whoever calls.
func named(ctx context.Context, text *string) (state.Scope, name, error) {
	scope, err := state.ScopeOf(ctx)
	if err != nil {
		return scope, name{}, err
	}
	n, err := nameOf(scope, text)
	return scope, n, err
}

// reaches refuses layers of other regions (the words are unconfirmed).
func reaches(scope state.Scope, n name) error {
	if n.region != scope.Region {
		return wire.NotFound("Layers from '%s' are not reachable in this region ('%s')", n.region, scope.Region)
	}
	return nil
}

// own reads the name of a layer of the caller.
func own(ctx context.Context, text *string, action string) (name, error) {
	scope, n, err := named(ctx, text)
	if err == nil && n.accountID != scope.AccountID {
		err = denied(scope, action, n.arn())
	}
	return n, err
}

// ownVersion reads the name of a version of a layer of the caller.
func ownVersion(ctx context.Context, text *string, number *int64, action string) (version, error) {
	if err := checkNumber(number); err != nil {
		return version{}, err
	}
	n, err := own(ctx, text, action)
	return version{n, wire.Value(number)}, err
}

func checkNumber(number *int64) error {
	if wire.Value(number) < 1 {
		return wire.Invalid("Layer Version Cannot be less than 1")
	}
	return nil
}

// denied is the answer to whoever a layer's policy does not name, whether the layer exists or not.
func denied(scope state.Scope, action, resource string) *awsproto.Error {
	return awsproto.NewError(403, "AccessDeniedException", fmt.Sprintf("User: arn:aws:iam::%s:root is not authorized to perform: %s on resource: %s because no resource-based policy allows the %s action. "+
		"A layer of an account that is not of this Gatehouse has to be imported: gatehouse layer import", scope.AccountID, action, resource, action))
}
