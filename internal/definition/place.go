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

// DropPlaces forgets where the parts of an API were written: the document of an import is not kept, and its lines mean
// nothing to who edits the API later.
func DropPlaces(a *RestAPI) {
	a.Origin, a.PolicyOrigin, a.EndpointConfiguration.Origin = Origin{}, Origin{}, Origin{}
	for _, r := range a.Resources {
		r.Origin = Origin{}
		for _, m := range r.Methods {
			dropMethod(m)
		}
	}
	for _, m := range a.Models {
		m.Origin = Origin{}
	}
	for _, v := range a.RequestValidators {
		v.Origin = Origin{}
	}
	for _, u := range a.Authorizers {
		u.Origin = Origin{}
	}
	for _, g := range a.GatewayResponses {
		g.Origin, g.TemplateOrigins = Origin{}, nil
	}
}

func dropMethod(m *Method) {
	m.Origin = Origin{}
	for _, r := range m.Responses {
		r.Origin = Origin{}
	}
	if m.Integration == nil {
		return
	}
	m.Integration.Origin, m.Integration.TemplateOrigins = Origin{}, nil
	for _, r := range m.Integration.Responses {
		r.Origin, r.TemplateOrigins = Origin{}, nil
	}
}
