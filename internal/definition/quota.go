package definition

import (
	"errors"
	"time"
)

// Periods of a quota.
const (
	PeriodDay   = "DAY"
	PeriodWeek  = "WEEK"
	PeriodMonth = "MONTH"
)

// Quota is a number of requests per period. All periods are of UTC. Spec: traffic 2.3.
type Quota struct {
	Limit  int    `json:"limit"`
	Offset int    `json:"offset"` // days by which a period begins later: 0 to 6 in a week, 0 to 27 in a month
	Period string `json:"period"` // DAY, WEEK or MONTH
}

// CheckOffset returns what is wrong with the offset in its period, in the service's words.
func (q Quota) CheckOffset() error {
	switch {
	case q.Period == PeriodDay && q.Offset != 0:
		return errors.New("Usage Plan quota offset must be zero in the DAY period")
	case q.Period == PeriodWeek && (q.Offset < 0 || q.Offset > 6):
		return errors.New("Usage Plan quota offset must be between 0 and 6 inclusive in the WEEK period")
	case q.Period == PeriodMonth && (q.Offset < 0 || q.Offset > 27):
		return errors.New("Usage Plan quota offset must be between 0 and 27 inclusive in the MONTH period")
	}
	return nil
}

// Begin returns the instant at which the period of t began. A week begins on the day of the offset, 0 is Sunday; a month on
// the day of the month after the offset.
func (q Quota) Begin(t time.Time) time.Time {
	year, month, day := t.UTC().Date()
	today := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	switch q.Period {
	case PeriodWeek:
		return today.AddDate(0, 0, -((int(today.Weekday())-q.Offset)%7+7)%7)
	case PeriodMonth:
		begin := time.Date(year, month, 1+q.Offset, 0, 0, 0, 0, time.UTC)
		if begin.After(today) {
			begin = time.Date(year, month-1, 1+q.Offset, 0, 0, 0, 0, time.UTC)
		}
		return begin
	}
	return today
}
