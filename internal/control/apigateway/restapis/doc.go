// Package restapis holds the operations on the draft of a REST API: the API itself, resources, methods, integrations and
// their responses, models, request validators, authorizers and gateway responses.
//
// Each operation has its rules here and nothing else: the protocol is awsproto's, the storage is package state's. An
// edit is a change of one document; a PATCH is a table ([wire.Table]). Spec: control-plane 6–8.
package restapis
