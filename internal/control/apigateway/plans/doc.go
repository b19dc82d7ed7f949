// Package plans holds the management operations on API keys, usage plans and usage. Spec: control-plane 7.2, 7.20, 7.21 and 12,
// traffic 1 and 2.
//
// The value of a key is sealed, and found by a keyed digest. A claim named after the digest makes it unique: it is written before
// the key, so that of two creations at the same time one fails. A claim without a key is what a crash left behind; after a
// minute the next one takes it over.
//
// Usage is not counted: GetUsage answers the quota, or what UpdateUsage set.
package plans
