package functionurl

import (
	"strings"

	"github.com/gatehouse-gateway/gatehouse/iam"
	"github.com/gatehouse-gateway/gatehouse/internal/access/accesskey"
	"github.com/gatehouse-gateway/gatehouse/internal/access/requestkeys"
	"github.com/gatehouse-gateway/gatehouse/internal/integration/jsonscan"
	"github.com/gatehouse-gateway/gatehouse/sigv4"
)

const (
	invokeURL   = "lambda:InvokeFunctionUrl"
	authTypeKey = "lambda:FunctionUrlAuthType"
)

// verifiers check the signatures for a region. Under TLS, a payload may be unsigned.
type verifiers struct{ plain, secure sigv4.Verifier }

// verifiersIn are those of a region. The caller holds t.mu.
func (t *Table) verifiersIn(region string) *verifiers {
	v := t.verifiers[region]
	if v == nil && t.opts.Keys != nil {
		v = &verifiers{
			plain:  sigv4.Verifier{Service: "lambda", Region: region, Keys: t.opts.Keys, Now: t.opts.Now},
			secure: sigv4.Verifier{Service: "lambda", Region: region, Keys: t.opts.Keys, Now: t.opts.Now, UnsignedPayload: true},
		}
		t.verifiers[region] = v
	}
	return v
}

// allowAnybody asks the policy of a URL with the auth type NONE. That a policy must allow lambda:InvokeFunction as well, as newer
// URLs of the service need, is not asked (unconfirmed). Spec: functions B7.
func (x *exchange) allowAnybody() *refusal {
	if x.evaluate("NONE").Effect != iam.Allow {
		return forbidden.because("the policy of the function does not allow everybody to use its URL")
	}
	return nil
}

// evaluate asks the policy of the URL about whoever x.access names.
func (x *exchange) evaluate(authType string) iam.Decision {
	if x.url.policy == nil {
		return iam.Decision{}
	}
	x.access.Action, x.access.Resource = invokeURL, x.url.arn
	requestkeys.SetRequest(&x.access.Context, &x.wire.Request)
	x.access.Context.Set(authTypeKey, iam.String(authType))
	return x.url.policy.Evaluate(&x.access)
}

// authenticate finds out who signed a request, whose body is read, and asks whether they may. Keys of Gatehouse may do everything
// in their account, so that of the same account only a policy that denies is in their way; others need one that allows.
func (x *exchange) authenticate() *refusal {
	key, r := x.signer()
	if r != nil {
		return r
	}
	principal, err := iam.NewPrincipal(key.ARN(), "")
	if err != nil {
		return forbidden.because(err.Error())
	}
	x.access.Principal = principal
	requestkeys.SetCaller(&x.access.Context, key)
	verdict, identity := iam.CrossAccount, iam.Decision{Effect: iam.Allow}
	if key.AccountID == x.url.ref.AccountID {
		verdict = iam.SameAccount
	}
	if verdict(identity, x.evaluate("AWS_IAM")).Effect != iam.Allow {
		return forbidden.because("the policy of the function does not allow " + key.ARN() + " to use its URL")
	}
	x.event.Authorizer = iamAuthorizer(key)
	return nil
}

// signer is the owner of the key that signed the request.
func (x *exchange) signer() (accesskey.Key, *refusal) {
	req := &x.wire.Request
	path, query, _ := strings.Cut(req.Target, "?")
	x.signed = sigv4.Request{Method: req.Method, Path: path, Query: query, Header: x.signed.Header[:0], Body: x.event.Body}
	for _, f := range req.Header {
		x.signed.Header = append(x.signed.Header, sigv4.Field(f))
	}
	if x.table.opts.AnyCredentials && req.Peer.Addr().Unmap().IsLoopback() {
		if scope, ok := sigv4.ScopeOf(&x.signed); ok {
			return accesskey.Key{ID: scope.AccessKeyID, AccountID: x.url.ref.AccountID, Name: "root", Root: true}, nil
		}
	}
	if x.url.verify == nil {
		return accesskey.Key{}, forbidden.because("no access keys are known here")
	}
	verifier := &x.url.verify.plain
	if req.TLS != nil {
		verifier = &x.url.verify.secure
	}
	caller, err := verifier.Verify(&x.signed)
	if err != nil {
		return accesskey.Key{}, refuseSignature(err)
	}
	key, ok := x.table.opts.Keys.Key(caller.AccessKeyID)
	if !ok {
		return accesskey.Key{}, refuseSignature(&sigv4.Error{Type: sigv4.UnrecognizedClient, Message: "The security token included in the request is invalid."})
	}
	return key, nil
}

// isSigned reports whether a request claims a signature, in its header or in its query.
func (x *exchange) isSigned() bool {
	return x.wire.Request.Header.Has("Authorization") || strings.Contains(x.wire.Request.Target, "X-Amz-Algorithm=")
}

// iamAuthorizer is what the event says about the caller. Spec: http-api 7.
func iamAuthorizer(key accesskey.Key) string {
	b := make([]byte, 0, 256)
	for _, m := range [...]struct{ name, value string }{
		{`{"iam":{"accessKey":`, key.ID}, {`,"accountId":`, key.AccountID}, {`,"callerId":`, key.UserID()},
		{`,"cognitoIdentity":null,"principalOrgId":null,"userArn":`, key.ARN()}, {`,"userId":`, key.UserID()},
	} {
		b = jsonscan.AppendString(append(b, m.name...), m.value)
	}
	return string(append(b, "}}"...))
}
