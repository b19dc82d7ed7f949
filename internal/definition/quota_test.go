package definition_test

import (
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

func TestQuotaPeriodsBeginInUTC(t *testing.T) {
	for _, c := range []struct {
		period string
		offset int
		at     string
		want   string
	}{
		{"DAY", 0, "2026-02-28T23:59:59Z", "2026-02-28"},
		{"DAY", 0, "2026-03-01T00:30:00+01:00", "2026-02-28"},
		{"WEEK", 0, "2026-01-04T00:00:00Z", "2026-01-04"}, // a Sunday
		{"WEEK", 0, "2026-01-10T12:00:00Z", "2026-01-04"},
		{"WEEK", 6, "2026-01-09T12:00:00Z", "2026-01-03"},
		{"WEEK", 6, "2026-01-10T12:00:00Z", "2026-01-10"},
		{"MONTH", 0, "2026-01-31T12:00:00Z", "2026-01-01"},
		{"MONTH", 27, "2026-01-28T00:00:00Z", "2026-01-28"},
		{"MONTH", 27, "2026-01-27T23:00:00Z", "2025-12-28"},
		{"MONTH", 27, "2026-03-01T00:00:00Z", "2026-02-28"},
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		got := definition.Quota{Period: c.period, Offset: c.offset}.Begin(at).Format(time.DateOnly)
		if got != c.want {
			t.Errorf("%s, offset %d, %s: got %s, want %s", c.period, c.offset, c.at, got, c.want)
		}
	}
}

func TestQuotaOffsetsFitTheirPeriod(t *testing.T) {
	for period, most := range map[string]int{"DAY": 0, "WEEK": 6, "MONTH": 27} {
		for offset, good := range map[int]bool{-1: false, 0: true, most: true, most + 1: false} {
			err := definition.Quota{Period: period, Offset: offset}.CheckOffset()
			if (err == nil) != good {
				t.Errorf("%s, offset %d: got %v", period, offset, err)
			}
		}
	}
}
