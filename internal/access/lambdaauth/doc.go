// Package lambdaauth is what Lambda authorizers of REST APIs say: their answers, read strictly, and the caches that keep them.
//
//	caches := lambdaauth.NewCaches(20000, 1000)                 // one for a node
//	r, err := caches.Parse(payload, 8192)                 // an answer; equal policies are read once
//	cache := caches.Cache(lambdaauth.Key{…})              // of one authorizer on one stage
//	r := cache.Get(id, now)                               // what it said about these identity values, or nil
//	r, err := cache.Fill(ctx, id, ttl, time.Now, ask)     // ask it, once for all who wait
//	if r.Policy.Evaluate(&request).Effect != iam.Allow …  // every request anew: the policy is kept, not the decision
//
// Calling the function, the texts of refusals and what identifies a request belong to the caller.
//
// Spec: access-control 2.4 to 2.6.
package lambdaauth
