// Package awsclient calls services that speak the protocols of AWS: Amazon's own, or any compatible one.
//
//	client, err := awsclient.New(awsclient.Options{Endpoints: map[string]string{"sqs": "http://127.0.0.1:9324", "s3": "aws"}, …})
//	answer, err := client.Do(ctx, awsclient.Call{Service: "lambda", Method: "POST", Path: "/2015-03-31/functions/f/invocations", …})
//	err = client.SendMessage(ctx, queue, message)
//
// # What a call is
//
// A call is signed with the one credential of the client, which never prints. Each attempt has a deadline, every answer a
// greatest size. What a service could not do for now (a connection that failed, a status from 500 on, throttling) is tried again
// after a pause of random length that doubles; the answer of the last attempt is the answer, whatever it says. A call of Do may
// therefore have had its effect more than once, as with Amazon's own clients: callers that must know set Attempts to 1.
// Redirects are answers.
//
// # Endpoints
//
// Calls go to the endpoint that is configured for their service, or with the value aws to Amazon's own in the region of the call. A
// service without one is an [*EndpointError], which says what to configure; [Client.Check] says so before there is a call.
//
// On top of Do stand small typed helpers for the operations that Gatehouse uses of SQS, SNS, EventBridge and S3. Their errors are an
// [*Error] when the service answered that it will not.
package awsclient
