// Package configuration is what the operations on functions and versions share: the rules of a configuration's members, its
// defaults, and how it is shown.
//
// # What has an effect
//
// Every member that is accepted has one, or is shown to whoever asks: EphemeralStorage and Architectures say what the function was
// made for and bound nothing, as processes share the disk and the processor of this machine. What would have no effect at all is
// refused by name.
//
// Spec: functions B2, B3.
package configuration
