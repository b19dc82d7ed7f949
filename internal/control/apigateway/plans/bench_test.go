package plans_test

import (
	"fmt"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/apitest"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

// tenThousand stores as many keys as there can be.
func tenThousand(b *testing.B) *apitest.Service {
	s := apitest.New(b, bind)
	for i := range 9_999 {
		key := &definition.APIKey{ID: fmt.Sprintf("k%09d", i), Name: fmt.Sprintf("customer %d", i), Enabled: true, Seq: int64(i + 1)}
		if err := s.State.InsertKey(b.Context(), apitest.Scope, key, fmt.Sprintf("value-value-value-%05d", i)); err != nil {
			b.Fatal(err)
		}
	}
	return s
}

func BenchmarkPageOfTenThousandKeys(b *testing.B) {
	s := tenThousand(b)
	s.Call(b, "GET /apikeys", "")
	b.ReportAllocs()
	for b.Loop() {
		if got := len(s.Call(b, "GET /apikeys?limit=500&includeValues=true", "").Items("id")); got != 500 {
			b.Fatalf("got %d keys", got)
		}
	}
}

func BenchmarkCreateAndDeleteAmongTenThousandKeys(b *testing.B) {
	s := tenThousand(b)
	b.ReportAllocs()
	for b.Loop() {
		if got := s.Call(b, "DELETE /apikeys/"+s.Call(b, "POST /apikeys", `{}`).String("id"), ""); got.Status != 202 {
			b.Fatal(got.Text)
		}
	}
}
