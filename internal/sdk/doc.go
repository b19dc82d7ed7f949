// Package sdk generates clients for REST APIs: what GetSdk and GetSdkTypes answer.
//
//	archive, err := sdk.Generate(api, "javascript", sdk.Options{InvokeURL: "https://example.com/prod"})
//
// JavaScript is the only language. The client is one file of ECMAScript 5 without libraries, for browsers and Node, and is
// used as the service's own: a factory, and a method for each method of the API, with the service's names.
//
//	var apigClient = apigClientFactory.newClient({apiKey: '…'});
//	apigClient.petsPetIdGet({petId: 1}, null, {headers: {'X-Trace': '1'}}).then(function (result) { result.data; });
//
//	client.js   what every client has: requests, answers, Signature Version 4
//	names.go    paths and verbs → names
//	methods.go  definition → the methods of one client
//	sdk.go      the archive
//
// A method with IAM authorization is signed when the client has keys. There are no retries.
//
// Spec: control-plane 10.3.
package sdk
