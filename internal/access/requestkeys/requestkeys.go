// Package requestkeys fills in the condition keys that policies may ask about a request and its caller. Spec: access-control 6.6.
package requestkeys

import (
	"github.com/gatehouse-gateway/gatehouse/iam"
	"github.com/gatehouse-gateway/gatehouse/internal/access/accesskey"
	"github.com/gatehouse-gateway/gatehouse/internal/front"
)

// SetRequest sets what every request has.
func SetRequest(k *iam.Keys, r *front.Request) {
	k.Set("aws:SourceIp", iam.IP(r.Peer.Addr()))
	k.Set("aws:CurrentTime", iam.Time(r.Received))
	k.Set("aws:EpochTime", iam.Int(r.Received.Unix()))
	k.Set("aws:SecureTransport", iam.Bool(r.TLS != nil))
	if v, ok := r.Header.Lookup("User-Agent"); ok {
		k.Set("aws:UserAgent", iam.String(v))
	}
	if v, ok := r.Header.Lookup("Referer"); ok {
		k.Set("aws:Referer", iam.String(v))
	}
}

// SetCaller sets what a request has that was signed with a key.
func SetCaller(k *iam.Keys, caller accesskey.Key) {
	k.Set("aws:PrincipalArn", iam.String(caller.ARN()))
	k.Set("aws:PrincipalAccount", iam.String(caller.AccountID))
	k.Set("aws:userid", iam.String(caller.UserID()))
	if caller.Root {
		k.Set("aws:PrincipalType", iam.String("Account"))
		return
	}
	k.Set("aws:PrincipalType", iam.String("User"))
	k.Set("aws:username", iam.String(caller.Name))
}
