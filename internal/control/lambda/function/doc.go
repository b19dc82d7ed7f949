// Package function has the operations on functions and their versions: create, read, update, publish, delete, list. Spec: functions
// B2, B3.
package function
