// Package archive is the form of a backup file: the data key of a Gatehouse and its state, in one stream.
//
//	gatehouse-archive 1
//	{"created":"…","version":"…","dataKey":"…"}       or "sealedDataKey" instead of dataKey
//	sha256 of the two lines
//	the state, as package backup writes it
//
// The state holds secrets sealed with the data key. Without a passphrase the data key is in the file as it is, and whoever
// has the file has the secrets. With one, the data key is sealed with AES-256-GCM under a key that scrypt makes of it: the
// file alone opens no secret; definitions, which hold none, can be read.
//
// Nothing in a file is trusted: lines are bounded, and so is the work that a file may ask of scrypt.
package archive
