// Package awsproto is a server of the restJson1 protocol, driven by a service model: it routes a request on its raw path,
// decodes path, query, header and body members into a Go struct, calls the function bound to the operation, and encodes what
// that returns - or its error - the way the SDKs expect it.
//
//	model, err := awsproto.ParseModel(json)
//	s := awsproto.NewService(model)
//	awsproto.Bind(s, "CreateStage", control.CreateStage) // func(context.Context, *CreateStageRequest) (*Stage, error)
//	...
//	res := s.Handle(ctx, req)
//
// The structs are generated from the same model (see Generate): a field per member, pointers for scalars, so that absent and
// empty differ. An operation costs one function with its rules; parsing, statuses, paging of names and error forms are here.
//
// It knows nothing of any service. Spec: control-plane 1–3.
package awsproto
