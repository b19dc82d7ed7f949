// Package oracle proves the template language and JSONPath against the programs
// that API Gateway is built from: Apache Velocity 1.7 and Jayway JsonPath.
//
// One Java virtual machine runs beside the tests and answers the same questions
// as our engines. Every answer must be the same, byte by byte for templates and
// as JSON for paths, or be explained: by a mark at a case of the corpus, or by a
// rule of explained_test.go for generated cases. Each explanation names the
// section of the specification that asks for the departure.
//
//	testdata/templates/*.txt   cases of ours, by topic
//	testdata/paths/*.txt       the same for paths
//	generate*_test.go          as many more as -cases says, from -seed
//
// A generated case that differs without explanation is made small before it is
// reported. test/install-tools installs what the tests need.
package oracle
