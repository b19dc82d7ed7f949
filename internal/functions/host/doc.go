// Package host runs Lambda functions as processes of this machine.
//
// Each version that runs has a [Pool] of execution environments, an environment being one process with its own Runtime API and
// its own temporary directory that serves one invocation at a time. Where layers bring extensions, their processes begin before it
// and end after it. Code is at /var/task and layers are at /opt where processes can have mounts of their own. The rooms beside it know one thing each: process how
// processes are held and ended, runtimeapi what is said to a runtime, runtimes how runtimes are started, web how an HTTP server
// becomes a function, runlog what is logged.
//
// Spec: functions A, D.
package host
