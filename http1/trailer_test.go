package http1_test

import (
	"io"
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/http1"
)

func TestTrailerIsKeptWhenAskedFor(t *testing.T) {
	const in = "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nA: 1\r\nb:  two \r\n\r\n"
	for _, keep := range []bool{true, false} {
		r := http1.NewReader(strings.NewReader(in), http1.Limits{})
		var h http1.RequestHead
		if err := r.ReadRequest(&h); err != nil {
			t.Fatal(err)
		}
		var b http1.Body
		var trailer http1.Header
		r.Body(&b, h.ContentLength)
		if keep {
			b.KeepTrailer(&trailer)
		}
		body, err := io.ReadAll(&b)
		if err != nil || string(body) != "a" {
			t.Fatalf("%q, %v", body, err)
		}
		if keep && (len(trailer) != 2 || trailer.Get("a") != "1" || trailer.Get("B") != "two") || !keep && len(trailer) != 0 {
			t.Errorf("keep %v: got %v", keep, trailer)
		}
	}
}
