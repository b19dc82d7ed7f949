package observe_test

import (
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/observe"
)

func TestLineNamesWhatAnswered(t *testing.T) {
	var out strings.Builder
	observe.NewLines(&out).Record(&observe.Record{
		Received: time.Date(2026, 11, 22, 9, 8, 7, 0, time.UTC), Method: "GET", Path: "/dev/pets\x1b[31m", Status: 504,
		Latency: 1250 * time.Microsecond, IntegrationLatency: time.Millisecond, ResponseLength: 56, ResourcePath: "/pets",
		ResponseType: "INTEGRATION_FAILURE", Message: "Network error communicating with endpoint", Reason: "connection refused",
	})
	want := "09:08:07 GET /dev/pets\\x1b[31m 504 1.2ms (back end 1.0ms) 56B /pets\n" +
		"         INTEGRATION_FAILURE: Network error communicating with endpoint (connection refused)\n"
	if got := out.String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
