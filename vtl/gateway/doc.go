// Package gateway gives mapping templates of REST APIs what they work on:
// $input, $context, $util and $stageVariables.
//
//	out, err := gateway.Render(program, nil, &gateway.Vars{Body: body, Context: ctx, Overrides: &o}, vtl.DefaultLimits)
//
// The request template and the response template of one request get the same
// [Overrides]: what the first stores under $context.requestOverride and
// $context.responseOverride, the second can read, and the pipeline applies.
//
// The body is parsed at most once per run. $input.path hands out parts of that
// tree, so what a template changes in them shows in $input.json as well.
// JSONPath expressions are compiled once and remembered.
//
// Spec: mapping-templates 9 to 12.
package gateway
