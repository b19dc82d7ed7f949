// Package accounts holds the management operations on what belongs to an account rather than to an API: its settings, client
// certificates, VPC links, the tags of every resource, and the list of SDK languages. Spec: control-plane 7.1, 7.5, 7.22,
// 14.1 to 14.3 and 15.
//
// The private key of a client certificate is sealed before it is stored and never leaves in an answer;
// [state.State.ClientCertificate] opens it for the data plane. VPC links are stored and returned; a link carries no traffic.
package accounts
