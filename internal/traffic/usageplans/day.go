package usageplans

import "time"

// Day is a day of UTC, in days since 1970-01-01.
type Day int32

const daySeconds = 24 * 60 * 60

// DayOf returns the day of an instant after 1970.
func DayOf(t time.Time) Day { return Day(t.Unix() / daySeconds) }

// ParseDay reads "2006-01-02".
func ParseDay(text string) (Day, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return 0, err
	}
	return DayOf(t), nil
}

// Time is the instant at which the day begins.
func (d Day) Time() time.Time { return time.Unix(int64(d)*daySeconds, 0).UTC() }

// String writes the day as ParseDay reads it.
func (d Day) String() string { return d.Time().Format(time.DateOnly) }

// NoPeriod stands for the first day of a period where a plan has no quota.
const NoPeriod Day = 0
