package definition

// FillPlaces gives every part of an API that was not written in a document a place: its path in the API itself, such as
// resources['/pets'].methods.GET.integration. Problems then name it. What has an origin keeps it. It is for a copy that is
// about to be compiled: a place is not stored, because a resource can be renamed.
func FillPlaces(a *RestAPI) {
	place(&a.PolicyOrigin, "policy")
	place(&a.EndpointConfiguration.Origin, "endpointConfiguration")
	for _, r := range a.Resources {
		at := "resources['" + r.Path + "']"
		place(&r.Origin, at)
		for name, m := range r.Methods {
			fillMethod(m, at+".methods."+name)
		}
	}
	for name, m := range a.Models {
		place(&m.Origin, "models."+name)
	}
	for id, v := range a.RequestValidators {
		place(&v.Origin, "requestValidators."+id)
	}
	for id, u := range a.Authorizers {
		place(&u.Origin, "authorizers."+id)
	}
	for name, g := range a.GatewayResponses {
		place(&g.Origin, "gatewayResponses."+name)
	}
}

func fillMethod(m *Method, at string) {
	place(&m.Origin, at)
	for code, r := range m.Responses {
		place(&r.Origin, at+".responses['"+code+"']")
	}
	in := m.Integration
	if in == nil {
		return
	}
	at += ".integration"
	place(&in.Origin, at)
	for code, r := range in.Responses {
		place(&r.Origin, at+".responses['"+code+"']")
	}
}

func place(o *Origin, path string) {
	if *o == (Origin{}) {
		o.Path = path
	}
}
