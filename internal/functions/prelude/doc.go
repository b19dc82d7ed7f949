// Package prelude reads the answers of functions that stream HTTP: metadata in JSON, eight zero bytes, and the body, which goes on
// as the function makes it.
//
//	answer, err := functions.OpenStream(ctx, invoker, call)
//	body := prelude.NewBody(answer, idle, cancel)
//	text, err := prelude.Read(body)  // the metadata; then body reads what follows them
//
// Spec: functions A2.5, rest-api 20.
package prelude
