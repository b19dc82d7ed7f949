// Package planstore makes stored API keys and usage plans what requests meet, and stores what keys use.
//
// A [Store] follows the stored documents: Load before the node serves, then Run. Requests never ask the store: when it is away, the
// keys and plans that were known last go on. A key or plan that cannot be read, or whose value does not open, is taken out: it lets
// nobody in.
//
// A [Ledger] adds what was counted to the store once a second, in batches, and when it ends: a clean stop loses no count, a kill those of
// the last second. Counts are documents of one account, region and day each, in a few pieces by key, so that a second of traffic is a few
// writes however many keys there are. Additions are compare-and-set: several processes may add to one store. What was used before the
// process began is loaded for the longest period of a quota; days that are older than GetUsage can ask for are removed.
//
// Spec: traffic 1.3, 2.3, 4, 8.
package planstore
