// Package docparts holds the operations on the documentation of a REST API: its parts, each a piece of JSON about a
// place of the API, and its versions, which freeze the parts. Spec: control-plane 14.4.
package docparts
