package jetstream

import (
	"encoding/base64"
	"fmt"
	"hash/crc32"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/nats-io/nats.go"
	js "github.com/nats-io/nats.go/jetstream"

	"github.com/gatehouse-gateway/gatehouse/internal/engine"
)

// A document is the newest message of its subject, docs.<bucket>.<key in base64url>. The headers say what the message is.
const (
	subjectRoot  = "docs."
	headerName   = "Gh-Name"   // the subject again, a space and its CRC-32: it names the document when the record is damaged
	headerDigest = "Gh-Sha256" // of the document, also of one that is an object
	headerOp     = "Gh-Op"     // opDeleted or opDamaged; absent: the document was written
	headerObject = "Gh-Object" // the object that holds the document, when it is large
	opDeleted    = "deleted"
	opDamaged    = "damaged" // written by the check of files in place of a record that did not match its checksum
)

var keyEncoding = base64.RawURLEncoding.Strict()

func subjectOf(bucket, key string) string {
	return subjectRoot + bucket + "." + keyEncoding.EncodeToString([]byte(key))
}

// parseSubject finds bucket and key of a subject.
func parseSubject(subject string) (bucket, key string, ok bool) {
	rest, ok := strings.CutPrefix(subject, subjectRoot)
	if !ok {
		return "", "", false
	}
	bucket, code, ok := strings.Cut(rest, ".")
	if !ok {
		return "", "", false
	}
	raw, err := keyEncoding.DecodeString(code)
	if err != nil || len(raw) == 0 || !utf8.Valid(raw) {
		return "", "", false
	}
	return bucket, string(raw), true
}

// checkedName is the value of headerName.
func checkedName(subject string) string {
	return fmt.Sprintf("%s %08x", subject, crc32.ChecksumIEEE([]byte(subject)))
}

// parseCheckedName returns the subject, if its checksum agrees.
func parseCheckedName(value string) (subject string, ok bool) {
	subject, sum, ok := strings.Cut(value, " ")
	if !ok {
		return "", false
	}
	want, err := strconv.ParseUint(sum, 16, 32)
	return subject, err == nil && crc32.ChecksumIEEE([]byte(subject)) == uint32(want)
}

// newRecord makes the message of a document whose content is body, or in an object.
func newRecord(subject string, digest engine.Digest, body []byte, object string) *nats.Msg {
	h := nats.Header{headerName: {checkedName(subject)}, headerDigest: {digest.String()}}
	if object != "" {
		h[headerObject] = []string{object}
	}
	return &nats.Msg{Subject: subject, Header: h, Data: body}
}

// newDeletion makes the message of a deletion. It drops the earlier messages of its subject.
func newDeletion(subject string) *nats.Msg {
	return &nats.Msg{Subject: subject, Header: nats.Header{
		headerName:   {checkedName(subject)},
		headerOp:     {opDeleted},
		js.MsgRollup: {js.MsgRollupSubject},
	}}
}
