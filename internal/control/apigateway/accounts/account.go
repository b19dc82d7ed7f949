package accounts

import (
	"context"
	"errors"
	"regexp"

	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/engine"
)

// What every account has. Spec: control-plane 14.1.
const (
	accountID     = "account" // of the one account document in a scope
	accountBurst  = 5000
	accountRate   = 10000
	usagePlans    = "UsagePlans"
	apiKeyVersion = "4"
)

var roleARN = regexp.MustCompile(`^arn:aws[a-z-]*:iam::\d{12}:role/.+$`)

func (o *Operations) getAccount(ctx context.Context, _ *wire.GetAccountRequest) (*wire.Account, error) {
	scope, err := state.ScopeOf(ctx)
	if err != nil {
		return nil, err
	}
	doc, err := o.state.Accounts.Get(ctx, scope.Key(accountID))
	if errors.Is(err, engine.ErrNotFound) {
		doc, err = new(definition.Account), nil
	}
	if err != nil {
		return nil, err
	}
	return account(doc), nil
}

func (o *Operations) updateAccount(ctx context.Context, in *wire.UpdateAccountRequest) (*wire.Account, error) {
	scope, err := state.ScopeOf(ctx)
	if err != nil {
		return nil, err
	}
	key := scope.Key(accountID)
	err = patchAccount.Apply(new(definition.Account), in.PatchOperations) // before anything is created for it
	if err != nil {
		return nil, err
	}
	if err := o.state.Accounts.Create(ctx, key, new(definition.Account)); err != nil && !errors.Is(err, engine.ErrExists) {
		return nil, err
	}
	doc, err := o.state.Accounts.Change(ctx, key, func(a *definition.Account) error {
		return patchAccount.Apply(a, in.PatchOperations)
	})
	if err != nil {
		return nil, err
	}
	return account(doc), nil
}

func account(a *definition.Account) *wire.Account {
	return &wire.Account{
		CloudwatchRoleArn: wire.NonZero(a.CloudWatchRoleARN),
		ThrottleSettings:  &wire.ThrottleSettings{BurstLimit: wire.Int(accountBurst), RateLimit: wire.Ptr(float64(accountRate))},
		Features:          []string{usagePlans}, ApiKeyVersion: wire.Ptr(apiKeyVersion),
	}
}

// patchAccount is the table of control-plane 7.1. An empty role clears it: Terraform does that.
var patchAccount = wire.Table[definition.Account]{Family: wire.Listed, Rows: []wire.Row[definition.Account]{
	{Path: "/cloudwatchRoleArn", Replace: func(a *definition.Account, op wire.Op) error {
		if op.Text() != "" && !roleARN.MatchString(op.Text()) {
			return wire.BadRequest("The role ARN is not well formed")
		}
		a.CloudWatchRoleARN = op.Text()
		return nil
	}},
	{Path: "/features", Add: func(_ *definition.Account, op wire.Op) error {
		if op.Text() != usagePlans {
			return wire.BadRequest("Invalid feature specified. Valid options are %s", usagePlans) // (unconfirmed)
		}
		return nil // every account has it
	}},
}}
