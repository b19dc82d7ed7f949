// Package sigv4 signs requests with AWS Signature Version 4, and verifies signatures in their header form and their query
// form, the way the services do it: the same checks in the same order, with the same error types and messages.
//
// A request is verified from what arrived on the wire: the raw path and query, the fields in their order. Secrets are
// compared in constant time and do not print; derived signing keys are cached per key, day, region and service.
//
//	v := sigv4.Verifier{Service: "apigateway", Keys: keys, Now: time.Now}
//	caller, err := v.Verify(&req)
//
//	s := sigv4.Signer{Credential: key}
//	req.Header = append(req.Header, s.Sign(&req, "sqs", "eu-west-1", time.Now())...)
//
// Not here: AWS4-ECDSA (SigV4a) and the chunk signatures of S3, which are refused. Spec: access-control 5.
package sigv4
