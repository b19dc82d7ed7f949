// Package plans has the operations on API keys, usage plans, their keys, and usage.
//
// The value of an API key is stored sealed and found by a keyed digest; no two keys of an account and region have one value,
// however many are created at once. Which plans a key belongs to is kept with the key: what a key may not have twice is
// decided in one place, and deleting a key takes it out of all its plans in the same write.
//
// No traffic is counted yet: GetUsage says that nothing was used, and that the quota remains, or what UpdateUsage made of it.
//
// Spec: control-plane 12, 7.2, 7.20, 7.21; traffic 1, 2, 4.
package plans
