// Package plans has the operations on API keys, usage plans, their keys, and usage.
//
// The value of an API key is stored sealed and found by a keyed digest; no two keys of an account and region have one value,
// however many are created at once. Which plans a key belongs to is kept with the key: what a key may not have twice is
// decided in one place, and deleting a key takes it out of all its plans in the same write.
//
// What keys use is counted where requests are, and stored by package planstore: GetUsage reports everything that was counted before the
// call. UpdateUsage changes what the key may use in the current period; when the period is over, or is another one because the plan
// changed, the plan's limit counts again.
//
// Spec: control-plane 12, 7.2, 7.20, 7.21; traffic 1, 2, 4.
package plans
