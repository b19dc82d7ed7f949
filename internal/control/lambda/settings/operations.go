package settings

import (
	"sync"

	"github.com/gatehouse-gateway/gatehouse/awsproto"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/wire"
)

// Operations are the operations on settings.
type Operations struct {
	state *state.State
	// reserving is held while the concurrency of an account is counted and given.
	reserving sync.Mutex
}

// New returns the operations on the functions of s.
func New(s *state.State) *Operations { return &Operations{state: s} }

// Bind connects the operations to their names in the model.
func (o *Operations) Bind(s *awsproto.Service) {
	wire.Bind(s, "ListTags", o.listTags)
	wire.Bind(s, "TagResource", o.tagResource)
	wire.Bind(s, "UntagResource", o.untagResource)

	wire.Bind(s, "PutFunctionConcurrency", o.putFunctionConcurrency)
	wire.Bind(s, "GetFunctionConcurrency", o.getFunctionConcurrency)
	wire.Bind(s, "DeleteFunctionConcurrency", o.deleteFunctionConcurrency)
	wire.Bind(s, "GetAccountSettings", o.getAccountSettings)

	wire.Bind(s, "GetRuntimeManagementConfig", o.getRuntimeManagement)
	wire.Bind(s, "PutRuntimeManagementConfig", o.putRuntimeManagement)
	wire.Bind(s, "GetFunctionRecursionConfig", o.getRecursion)
	wire.Bind(s, "PutFunctionRecursionConfig", o.putRecursion)

	wire.Bind(s, "GetFunctionCodeSigningConfig", o.getCodeSigning)
	wire.Bind(s, "DeleteFunctionCodeSigningConfig", o.deleteCodeSigning)
	wire.Bind(s, "ListCodeSigningConfigs", o.listCodeSigning)
	wire.Bind(s, "GetFunctionEventInvokeConfig", o.getEventInvoke)
	wire.Bind(s, "PutFunctionEventInvokeConfig", o.putEventInvoke)
	wire.Bind(s, "UpdateFunctionEventInvokeConfig", o.updateEventInvoke)
	wire.Bind(s, "DeleteFunctionEventInvokeConfig", o.deleteEventInvoke)
	wire.Bind(s, "ListFunctionEventInvokeConfigs", o.listEventInvoke)
	wire.Bind(s, "PutProvisionedConcurrencyConfig", o.putProvisioned)
	wire.Bind(s, "GetProvisionedConcurrencyConfig", o.getProvisioned)
	wire.Bind(s, "DeleteProvisionedConcurrencyConfig", o.deleteProvisioned)
	wire.Bind(s, "ListProvisionedConcurrencyConfigs", o.listProvisioned)
}
