// Package traffic limits how many requests pass: token buckets, and where they are kept between releases.
//
//	b := throttles.Bucket(traffic.Key{APIID: "a1b2c3", Stage: "prod", Path: "/pets", Method: "GET"}, traffic.Limit{Rate: 10, Burst: 20})
//	if !b.Take(now) {
//		// 429
//	}
//
// A bucket starts full, holds Burst tokens at most and gets Rate tokens a second, continuously. A request takes one token or
// is refused; it never waits. Time is handed in: a bucket knows no clock. Spec: traffic 3.3.
//
// Buckets live outside releases: who publishes an API again with an unchanged limit finds the bucket that is there, as full
// or empty as it is. They belong to one process; nodes of a cluster do not share them.
package traffic
