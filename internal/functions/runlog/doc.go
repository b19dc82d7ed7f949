// Package runlog is the log of an environment: what its processes write, in lines, and what the platform says around them.
// Both go through one pipe's lock, so that what a function wrote before it answered stands before the END of its invocation.
// Lines are bounded, and a function that writes without end holds up nobody but itself. Spec: functions D4.
package runlog
