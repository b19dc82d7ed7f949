// Package settings has the operations on what belongs to a whole function or to the account: tags, reserved concurrency, runtime
// management, recursion; and those that say that what Gatehouse does not have yet is not there. Spec: functions B3, B7, C, D1.
package settings
