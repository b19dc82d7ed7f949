package gateway

import (
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/front"
	"github.com/gatehouse-gateway/gatehouse/internal/restapi"
)

// locate finds the API that an exchange is for: by host name, by path form, or because there is only one.
// region decides about path forms with an id that several regions have. Spec: rest-api 1.1.
func (r *Release) locate(x *front.Exchange, region string) (*restapi.API, restapi.Address) {
	host := hostname(x.Request.Host)
	at := restapi.Address{Target: x.Request.Target, DomainName: host, Default: true}
	at.DomainPrefix, _, _ = strings.Cut(host, ".")
	if label, inRegion, ok := executeAPI(host); ok {
		return r.byLabel(label, inRegion), at
	}
	if id, target, ok := pathForm(x.Request.Target); ok {
		api := r.find(id, region)
		at.Target = target
		if api != nil {
			at.DomainName, at.DomainPrefix = api.DomainName(), api.ID()
		}
		return api, at
	}
	return r.sole, at
}

// byLabel finds an API by the first label of its host name: {id}, or {id}-{vpceId} for the alias of a private API.
// Labels are compared without case, as DNS does.
func (r *Release) byLabel(label, region string) *restapi.API {
	if api := r.find(label, region); api != nil {
		return api
	}
	id, _, alias := strings.Cut(strings.ToLower(label), "-vpce-")
	if !alias {
		return nil
	}
	return r.find(id, region)
}

// executeAPI reports whether a host name is one of a default endpoint, {label}.execute-api.{region}.{suffix}.
func executeAPI(host string) (label, region string, ok bool) {
	const service = "execute-api."
	label, rest, ok := strings.Cut(host, ".")
	if !ok || len(rest) < len(service) || !strings.EqualFold(rest[:len(service)], service) {
		return "", "", false
	}
	region, _, _ = strings.Cut(rest[len(service):], ".")
	return label, region, true
}

// pathForm takes the address form for places without wildcard names apart: /restapis/{id}/{stage}/_user_request_/{path}.
// What comes out is the target that the host form would have had.
func pathForm(target string) (id, rest string, ok bool) {
	below, ok := strings.CutPrefix(target, "/restapis/")
	if !ok {
		return "", "", false
	}
	id, below, ok = strings.Cut(below, "/")
	if !ok {
		return "", "", false
	}
	stage, path, ok := strings.Cut(below, "/_user_request_")
	if !ok || strings.ContainsAny(stage, "/?") || path != "" && path[0] != '/' && path[0] != '?' {
		return "", "", false
	}
	return id, "/" + stage + path, true
}

// hostname is the host without its port; brackets of an IPv6 address stay.
func hostname(host string) string {
	if i := strings.LastIndexByte(host, ':'); i >= 0 && strings.IndexByte(host[i:], ']') < 0 {
		return host[:i]
	}
	return host
}
