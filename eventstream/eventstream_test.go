package eventstream_test

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"

	"github.com/gatehouse-gateway/gatehouse/eventstream"
)

// TestMessages compares with messages that were put together by hand, the checksums with zlib's crc32.
func TestMessages(t *testing.T) {
	for _, tt := range []struct {
		name    string
		headers eventstream.Headers
		payload string
		want    string
	}{
		{"nothing", nil, "", "00000010 00000000 05c248eb 7d98c8ff"},
		{"payload", nil, "{'foo':'bar'}", "0000001d 00000000 fd528c5a 7b27666f6f273a27626172277d c3653936"},
		{"header", eventstream.Headers(nil).Add("content-type", "application/json"), "{'foo':'bar'}",
			"0000003d 00000020 07fd8396 0c636f6e74656e742d74797065 07 0010 6170706c69636174696f6e2f6a736f6e 7b27666f6f273a27626172277d 8d9c08b1"},
	} {
		got := hex.EncodeToString(eventstream.Append(nil, tt.headers, []byte(tt.payload)))
		if want := strings.ReplaceAll(tt.want, " ", ""); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.name, got, want)
		}
	}
}

// FuzzSDKsRead has the decoder of the AWS SDK read two messages in one buffer.
func FuzzSDKsRead(f *testing.F) {
	f.Add("PayloadChunk", "application/octet-stream", []byte("hello"))
	f.Add("InvokeComplete", "application/json", []byte(`{"ErrorCode":"x"}`))
	f.Add("", "", []byte{})
	f.Fuzz(func(t *testing.T, kind, contentType string, payload []byte) {
		if len(kind) > 1000 || len(contentType) > 1000 {
			return
		}
		stream := eventstream.Append([]byte(nil), eventstream.Event(kind, contentType), payload)
		stream = eventstream.Append(stream, eventstream.Event("second", ""), payload)
		r, decoder := bytes.NewReader(stream), sdk.NewDecoder()
		for _, want := range [...][2]string{{kind, contentType}, {"second", ""}} {
			m, err := decoder.Decode(r, nil)
			if err != nil {
				t.Fatal(err)
			}
			for name, value := range map[string]string{":message-type": "event", ":event-type": want[0], ":content-type": want[1]} {
				if got := m.Headers.Get(name); got == nil || got.String() != value {
					t.Errorf("%s is %v, want %q", name, got, value)
				}
			}
			if !bytes.Equal(m.Payload, payload) {
				t.Errorf("payload %q, want %q", m.Payload, payload)
			}
		}
		if r.Len() != 0 {
			t.Errorf("%d bytes are left", r.Len())
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	headers, payload, buf := eventstream.Event("PayloadChunk", "application/octet-stream"), make([]byte, 32<<10), make([]byte, 0, 64<<10)
	b.ReportAllocs()
	b.SetBytes(int64(len(payload)))
	for b.Loop() {
		buf = eventstream.Append(buf[:0], headers, payload)
	}
}
