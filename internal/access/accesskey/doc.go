// Package accesskey keeps the access keys that management calls are signed with.
//
// A [Ring] holds the keys of a Gatehouse: stored in the engine with their secrets sealed, and in memory ready to verify
// signatures, so that a verified call asks no store. The table in memory follows the engine's watch; what this process
// changes is in it before the change returns: a key that was disabled does not sign one more call.
//
// A key belongs to an account. A root key is its account's root user and may operate the server (make keys, take backups);
// other keys have a user name and may only call services. The last enabled root key cannot be disabled or deleted unless
// the caller insists.
//
// A stored key that cannot be read or unsealed does not sign anything; the log names it and the others go on.
//
// The root key of the first start is handed to the operator in a file of AWS's credentials form: see [WriteFile].
// Spec: access-control 5; design 8, 13.
package accesskey
