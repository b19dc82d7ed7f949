// Package runtimes knows how the code of a function becomes a process.
//
//	err := runtimes.Unpack(dir)           // once: the bootstraps of Node.js and Python, which are embedded
//	launch, err := runtimes.Find(spec)    // what to execute for one version of a function
//
// Functions of nodejs* and python* run on the engines that this machine has, through bootstraps of our own that hold one socket
// and send an answer and the poll for the next event in one write. An identifier that the engine is older or newer than runs
// all the same, and Launch.Note says so. Those of java* run through Amazon's public runtime client, which comes from the function, a
// layer or a folder of the machine (Spec.JavaClient); only its native library is unpacked. Functions of provided* bring an executable. Web functions are any HTTP server, by the
// rules of the Lambda Web Adapter (package web). Other families are refused by name.
//
// Variables of a function that this package reads:
//
//	GATEHOUSE_RUNTIME_CLIENT  official: use the public runtime client that the code brings (node_modules/aws-lambda-ric or
//	                          awslambdaric in the task root) in place of our bootstrap
//	AWS_LAMBDA_EXEC_WRAPPER   a script that is run with the engine and its arguments, which it has to execute in the end
//	AWS_LWA_…                 makes a web function, see package web, unless a layer brings the Lambda Web Adapter itself
//
// Layers are in a folder of their own. Where the process sees them and its code, at /opt and /var/task or elsewhere, is up to
// whoever starts it.
//
// Spec: functions A5 to A8.
package runtimes
