// Package domains holds the operations on custom domain names and their base path mappings.
//
// Domains do not serve traffic yet: they are stored and returned as the service does it. What would pretend protection -
// mutual TLS, policies, private domains, strict access - is refused by name. Spec: control-plane 7.4, 7.9, 13.
package domains
