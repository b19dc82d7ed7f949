// Package web makes any HTTP server a Lambda function: the built-in equivalent of the Lambda Web Adapter.
//
//	server, err := web.Parse(environment)       // the AWS_LWA_ variables of a function
//	adapter, env, err := server.Prepare()       // for one start of its process: a free port, and what tells it to the process
//	err = adapter.Ready(ctx)                    // the server answers
//	answer, err := adapter.Invoke(ctx, call, buffer)
//
// Events of REST APIs, HTTP APIs, function URLs and load balancers become the HTTP requests that they describe, and answers
// the response objects that the sender of the event understands. Any other event is posted to a path of its own.
//
// The variables, each also with the older name in parentheses:
//
//	AWS_LWA_PORT (PORT), default 8080                        see below
//	AWS_LWA_HOST (HOST), default 127.0.0.1                   an address of this machine
//	AWS_LWA_READINESS_CHECK_PORT (READINESS_CHECK_PORT)      the port above, or it is refused
//	AWS_LWA_READINESS_CHECK_PATH (READINESS_CHECK_PATH)      default /
//	AWS_LWA_READINESS_CHECK_PROTOCOL (READINESS_CHECK_PROTOCOL)  http or tcp
//	AWS_LWA_READINESS_CHECK_HEALTHY_STATUS                   codes and ranges, default 100-499
//	AWS_LWA_READINESS_CHECK_MIN_UNHEALTHY_STATUS             the older way to say it, default 500
//	AWS_LWA_READINESS_CHECK_TIMEOUT_SECONDS                  then the start has failed; default 0: the platform's bound
//	AWS_LWA_ASYNC_INIT (ASYNC_INIT)                          true: the first event may wait for a slow server
//	AWS_LWA_REMOVE_BASE_PATH (REMOVE_BASE_PATH)              leading segments that are cut off paths, once
//	AWS_LWA_ENABLE_COMPRESSION                               true: gzip for clients that accept it (br is not supported)
//	AWS_LWA_INVOKE_MODE                                      buffered, or response_stream: answers are
//	                                                         passed on as they are made, never compressed
//	AWS_LWA_PASS_THROUGH_PATH                                default /events
//	AWS_LWA_AUTHORIZATION_SOURCE                             a header whose value becomes Authorization
//	AWS_LWA_ERROR_STATUS_CODES                               codes and ranges that are function errors
//	AWS_LWA_POOL_IDLE_TIMEOUT_SECONDS                        how long a connection to the server is kept between
//	                                                         events, default 4; 0: each event has its own
//	AWS_LWA_LAMBDA_RUNTIME_API_PROXY                         refused
//	AWS_LWA_SNAPSTART_BEFORE_CHECKPOINT_PATH, …_AFTER_RESTORE_PATH  refused
//	AWS_LWA_ENABLE_TLS, …_TLS_SERVER_NAME, …_TLS_CERT_FILE   refused, as they are no longer the adapter's either
//
// Any other name with the prefix is refused as well.
//
// Ports. Several processes of one function run on one machine, so none of them can have the port that the function names.
// Each process gets a free port of its own in AWS_LWA_PORT and PORT, in place of what the function has there, and must listen
// on it. A server that listens on a fixed port instead is not ready, ever.
//
// Spec: functions A8.
package web
