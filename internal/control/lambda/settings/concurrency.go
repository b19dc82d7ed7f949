package settings

import (
	"context"
	"strconv"

	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/functionstore"
)

const (
	// minUnreserved is the concurrency of an account that functions without reserved concurrency keep. Spec: functions D1.
	minUnreserved = 100
	// MaxCodeSize is the storage for code of an account in a region, in bytes. Spec: functions D2.
	MaxCodeSize = 80_530_636_800
)

func (o *Operations) putFunctionConcurrency(ctx context.Context, in *wire.PutFunctionConcurrencyRequest) (*wire.Concurrency, error) {
	ref, err := state.Unqualified(ctx, in.FunctionName)
	if err != nil {
		return nil, err
	}
	absent := ref
	absent.Qualifier = functions.Latest // recorded
	if _, err := o.state.Get(ctx, ref, state.ErrNoFunction(absent)); err != nil {
		return nil, err
	}
	reserved := *in.ReservedConcurrentExecutions
	if reserved < 0 {
		return nil, wire.Validation(strconv.FormatInt(reserved, 10), "reservedConcurrentExecutions", "Member must have value greater than or equal to 0")
	}
	o.reserving.Lock()
	defer o.reserving.Unlock()
	used, err := o.state.Usage(ctx)
	if err != nil {
		return nil, err
	}
	if reserved > unreserved(used, ref.Name)-minUnreserved {
		return nil, wire.Invalid("Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [%d].", minUnreserved)
	}
	n := int(reserved)
	_, err = o.state.Change(ctx, ref, state.ErrNoFunction(absent), func(doc *definition.Function) error {
		if total := doc.ProvisionedTotal(); n < total {
			// The spaces are recorded.
			return wire.Untyped(" ReservedConcurrentExecutions  %d should not be lower than function's total provisioned concurrency [%d].", n, total)
		}
		doc.ReservedConcurrency = &n
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &wire.Concurrency{ReservedConcurrentExecutions: &reserved}, nil
}

// unreserved is the concurrency of an account that nobody has reserved, but one function.
func unreserved(u *state.Used, but string) int64 {
	left := int64(functions.DefaultConcurrency)
	for name, n := range u.Reserved {
		if name != but {
			left -= int64(n)
		}
	}
	return left
}

func (o *Operations) getFunctionConcurrency(ctx context.Context, in *wire.GetFunctionConcurrencyRequest) (*wire.GetFunctionConcurrencyResponse, error) {
	doc, err := o.whole(ctx, in.FunctionName)
	if err != nil {
		return nil, err
	}
	out := new(wire.GetFunctionConcurrencyResponse)
	if doc.ReservedConcurrency != nil {
		out.ReservedConcurrentExecutions = wire.Int(*doc.ReservedConcurrency)
	}
	return out, nil
}

func (o *Operations) deleteFunctionConcurrency(ctx context.Context, in *wire.DeleteFunctionConcurrencyRequest) (*wire.None, error) {
	ref, err := state.Unqualified(ctx, in.FunctionName)
	if err != nil {
		return nil, err
	}
	_, err = o.state.Change(ctx, ref, state.ErrNoFunction(ref), func(doc *definition.Function) error {
		doc.ReservedConcurrency = nil
		return nil
	})
	return nil, err
}

// whole finds a function by an unqualified name.
func (o *Operations) whole(ctx context.Context, name *string) (*definition.Function, error) {
	ref, err := state.Unqualified(ctx, name)
	if err != nil {
		return nil, err
	}
	return o.state.Get(ctx, ref, state.ErrNoFunction(ref))
}

func (o *Operations) getAccountSettings(ctx context.Context, _ *wire.GetAccountSettingsRequest) (*wire.GetAccountSettingsResponse, error) {
	used, err := o.state.Usage(ctx)
	if err != nil {
		return nil, err
	}
	return &wire.GetAccountSettingsResponse{AccountUsage: &wire.AccountUsage{FunctionCount: wire.Int(used.Functions), TotalCodeSize: &used.CodeSize}, AccountLimit: &wire.AccountLimit{
		TotalCodeSize: wire.Ptr(int64(MaxCodeSize)), CodeSizeUnzipped: wire.Ptr(int64(functionstore.MaxUnzipped)), CodeSizeZipped: wire.Ptr(int64(functionstore.MaxZipped)),
		ConcurrentExecutions: wire.Ptr(int64(functions.DefaultConcurrency)), UnreservedConcurrentExecutions: wire.Ptr(unreserved(used, "")),
	}}, nil
}
