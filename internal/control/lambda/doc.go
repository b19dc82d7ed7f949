// Package lambda is the management API of AWS Lambda (lambda, 2015-03-31): it gathers the operations of its rooms into one
// service.
//
//	wire           the model, errors, pages
//	ident          the names that functions are called by
//	state          the stored functions of a caller
//	runtimes       which runtimes there are
//	configuration  the members of a configuration: rules, defaults, how they are shown
//	function       functions and their versions
//	alias          aliases
//	policy         permissions
//	code           uploaded zip files
//	layer          layers, their versions and permissions
//	settings       tags, concurrency, and what is not there
//	invoke         Invoke
//	download       where code is found
//
// What a call changed is in use when it is answered: the answer says Pending or InProgress as the service's do, and the next read
// says Active. Operations that are not here are refused by name.
//
// Spec: functions B.
package lambda
