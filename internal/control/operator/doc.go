// Package operator is what the commands of an operator say to a running Gatehouse: make, list, disable and delete access
// keys, import layers, take a backup. A [Handler] answers below /_gatehouse/, behind the endpoint that verified a root key; a [Client]
// asks, and finds the server by the [Address] in the data directory.
//
//	GET    /_gatehouse/keys                                       {"keys": [key, …]}
//	POST   /_gatehouse/keys       {"accountId", "name", "root"}   201 key with "secretAccessKey"
//	PUT    /_gatehouse/keys/{id}  {"disabled", "force"}           key
//	DELETE /_gatehouse/keys/{id}?force=true                       204
//	GET    /_gatehouse/layers                                     {"layers": [layer, …]}
//	PUT    /_gatehouse/layers?arn={ARN}  a zip file               layer
//	DELETE /_gatehouse/layers?arn={ARN}                           204
//	GET    /_gatehouse/backup                                     the state, as package backup writes it
//
// A key is an accesskey.Key, a layer a layer.Info. Errors have the form of a management call's, with an x-amzn-ErrorType. A backup is streamed;
// one that fails is cut off, and its reader notices. The data key is not part of it: it never leaves its directory by the
// network.
package operator
