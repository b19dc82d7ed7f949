// Package functionstore makes stored functions ready to run: it keeps a directory of functions as the documents in the store are,
// and unpacks their code.
//
//	s := functionstore.New(functionstore.Options{…, Put: directory.Put, Remove: directory.Remove})
//	err := s.Load(ctx)        // everything that is stored
//	err = s.Run(ctx)          // follow changes
//	err = s.Refresh(ctx, key) // whoever wrote a function: it can be invoked when this returns
//
// # Code
//
// A version's code is a zip file, a snapshot of the engine. It is unpacked once into a folder named after its SHA-256, whole or
// not at all, and shared by all versions that have it. A zip file that leads out of its folder, by a path or a link, or that is
// larger than the service allows, is not unpacked. Code goes, unpacked and not, when no version has used it for a while; [Store.Pin]
// keeps what is about to be used.
//
// # What is damaged
//
// A version whose code or environment cannot be read gets a [functions.StateError], so that calls are told; the other versions,
// and all other functions, go on. A policy that cannot be read allows nobody.
//
// Spec: functions A7, B5, D2.
package functionstore
