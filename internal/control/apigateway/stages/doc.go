// Package stages holds the operations on what a REST API is outside of its draft: deployments, stages and canaries,
// documents (import, export, SDKs), and test invocations.
//
// A deployment freezes the draft: a snapshot of its own, named by the API's document. Before a deployment or a stage is
// stored, what it would serve is compiled, so that what cannot go live is refused by name and changes nothing; after it
// is stored, it is live on this node before the call is answered. Spec: control-plane 7.18, 9–11.
package stages
