// Package store keeps definitions in the engine: typed, compressed, cached.
//
//	apis := store.New[definition.RestAPIDocument](eng.Docs(), "restapis")
//	key := store.Key(account, region, id)
//	doc, err := apis.Get(ctx, key)
//	_, err = apis.Change(ctx, key, func(d *definition.RestAPIDocument) error { d.API.Name = "pets"; return nil })
//
// A [Collection] is a bucket of documents of one type. A change is one write of the engine, whatever it touches in the
// document: read, change, compare and set; who comes second changes what the first one wrote. Changes of one document
// wait for each other in this process, so that many clients of one API make progress one by one; between processes the
// revision decides, and the change is made again.
//
// Reads ask the engine for the newest revision and decode it once: what Get and All return is shared by all who ask and
// must not be changed. The memory of decoded documents is bounded. A [View] keeps a small extract of every document, for
// lists that would otherwise read everything. A [Follower] keeps something else as the documents are.
//
// Documents are JSON, compressed with Zstandard where that helps: definitions repeat themselves, and a store that keeps
// several revisions of each and reads them all when it starts is as fast as it is small.
package store
