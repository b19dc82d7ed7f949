package endpoint_test

import (
	"context"
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/awsproto"
	"github.com/gatehouse-gateway/gatehouse/internal/control/caller"
	"github.com/gatehouse-gateway/gatehouse/internal/control/endpoint"
	"github.com/gatehouse-gateway/gatehouse/internal/limits"
)

// uploads takes larger bodies at /up, and gives out /open?proof=yes to everybody.
type uploads struct{}

func (uploads) Handle(ctx context.Context, r *awsproto.Request) *awsproto.Response {
	c, _ := caller.From(ctx)
	return &awsproto.Response{Status: 200, Body: []byte(c.AccountID + " " + c.RequestID + " " + c.Endpoint + " " + r.Path)}
}

func (uploads) MaxBody(r *awsproto.Request) (int64, *awsproto.Error) {
	if r.Path != "/up" {
		return 0, nil
	}
	return 300_000, awsproto.NewError(413, "TooLarge", "at most 300000")
}

func (uploads) Opens(r *awsproto.Request) bool { return r.Path == "/open" && r.Query == "proof=yes" }

func withUploads(memory int64) func(*endpoint.Options) {
	return func(o *endpoint.Options) {
		o.Services = append(o.Services, endpoint.Service{Name: "uploads", SigningName: "uploads", Paths: []string{"/up", "/down", "/open"}, Handler: uploads{}})
		o.Memory = limits.NewBudget(memory)
	}
}

func TestCallsWithLimitsOfTheirOwn(t *testing.T) {
	f := newFixture(t, withUploads(10_000_000))
	for _, c := range []struct {
		path string
		size int
		want string
	}{
		{"/up", 300_000, "200  " + account + " id-1 http://"},
		{"/up", 300_001, `413 TooLarge {"message":"at most 300000"}`},
		{"/down", 200_000, "200 "},
		{"/down", 200_001, "413 RequestEntityTooLargeException "},
	} {
		if got := f.answer(request(t, "uploads", "POST", c.path, strings.Repeat("x", c.size), f.root)); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s with %d bytes: got %.200s, want %s", c.path, c.size, got, c.want)
		}
	}
	// Decoding takes several times the body.
	f = newFixture(t, withUploads(1_000_000))
	for path, want := range map[string]string{"/up": "503 ServiceUnavailableException", "/down": "200 "} {
		for range 2 {
			size := map[string]int{"/up": 299_000, "/down": 199_000}[path]
			if got := f.answer(request(t, "uploads", "POST", path, strings.Repeat("x", size), f.root)); !strings.HasPrefix(got, want) {
				t.Errorf("%s: got %.100s, want %s", path, got, want)
			}
		}
	}
}

func TestAddressesThatNeedNoSignature(t *testing.T) {
	f := newFixture(t, withUploads(1_000_000))
	for target, want := range map[string]string{"/open?proof=yes": "200 ", "/open?proof=no": "403 MissingAuthenticationToken", "/up?proof=yes": "403 MissingAuthenticationToken"} {
		x := request(t, "uploads", "GET", target, "", f.root)
		for i, h := range x.Request.Header {
			if h.Name == "Authorization" {
				x.Request.Header[i].Name = "X-Other"
			}
		}
		if got := f.answer(x); !strings.HasPrefix(got, want) {
			t.Errorf("%s: got %s, want %s", target, got, want)
		}
	}
}
