// Package apikeys finds API keys by their values.
//
//	ring := keys.In("123456789012", "eu-west-1")
//	ring.Put(apikeys.DigestOf(value), &apikeys.Key{ID: "a1b2c3d4e5", Enabled: true})
//	key := ring.Find(request.Header.Get("x-api-key")) // nil: no such key
//
// Values are not kept: a key is found by the SHA-256 of its value, so that neither a dump of the memory nor the time that a look-up
// takes tells anything about one. Finding takes no lock and allocates nothing; a change copies one of many small tables and swaps it
// in one store, so that requests see a key as it was or as it is.
//
// Keys belong to one account and region. Who stores them and follows their changes is somebody else. Spec: traffic 1.3.
package apikeys
