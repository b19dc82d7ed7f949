// Package apigateway is the management API of Amazon API Gateway for REST APIs (apigateway, 2015-07-09): it gathers the
// operations of its rooms into one service.
//
//	wire           the model, errors, pages, PATCH engine
//	state          the stored definitions of a caller
//	restapis       drafts: APIs, resources, methods, integrations, models, validators, authorizers, gateway responses
//	stages         deployments, stages, canaries, import and export, test invocations
//	docparts       documentation parts and versions
//	plans          API keys, usage plans, usage
//	domains        domain names, base path mappings, access associations
//	accounts       the account, client certificates, VPC links, tags, SDK types
//
// Spec: control-plane.
package apigateway
