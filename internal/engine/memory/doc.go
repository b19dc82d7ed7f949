// Package memory is the engine that keeps everything in memory and loses it with the process: for tests, and for trying
// things out. It keeps every other promise of package engine.
package memory
