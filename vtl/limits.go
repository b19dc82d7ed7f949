package vtl

import "time"

// Limits bounds one run. A field that is zero takes its value from
// DefaultLimits.
type Limits struct {
	Output int // bytes written
	Loop   int // rounds of one #foreach; the loop then ends silently
	Depth  int // macro calls and #define blocks inside each other
	Steps  int // nodes visited, and items compared or copied
	Memory int // bytes of the strings, lists and maps that the run creates
	// Time is for runs whose steps are dear. The clock is first read after
	// clockSteps steps, so that short runs never read it.
	Time time.Duration
}

// DefaultLimits are the limits of the service where they are known, and
// otherwise far more than an honest template needs.
var DefaultLimits = Limits{
	Output: 10 << 20, // the largest payload
	Loop:   1000,
	Depth:  20,
	Steps:  1_000_000,
	Memory: 64 << 20,
	Time:   5 * time.Second, // a request may take 29
}

func (l Limits) withDefaults() Limits {
	or := func(n, standard int) int {
		if n <= 0 {
			return standard
		}
		return n
	}
	return Limits{
		Output: or(l.Output, DefaultLimits.Output),
		Loop:   or(l.Loop, DefaultLimits.Loop),
		Depth:  or(l.Depth, DefaultLimits.Depth),
		Steps:  or(l.Steps, DefaultLimits.Steps),
		Memory: or(l.Memory, DefaultLimits.Memory),
		Time:   limitTime(l.Time),
	}
}

func limitTime(t time.Duration) time.Duration {
	if t <= 0 {
		return DefaultLimits.Time
	}
	return t
}

// clockSteps is how many steps a run takes between two looks at the clock: the
// dearest steps take some microseconds each.
const clockSteps = 16 << 10

// meter counts what a run may still use.
type meter struct {
	steps, memory, depth int
	look                 int           // when steps falls below it, the clock is looked at
	time                 time.Duration // until the run ends, from the first look on
	until                time.Time
}

func newMeter(l Limits) meter {
	return meter{steps: l.Steps, memory: l.Memory, depth: l.Depth, look: l.Steps - clockSteps, time: l.Time}
}

func (m *meter) spend(steps int) error {
	if m.steps -= steps; m.steps < m.look || m.steps < 0 {
		return m.check()
	}
	return nil
}

// check finds out whether the steps or the time are used up.
func (m *meter) check() error {
	if m.steps < 0 {
		return ErrSteps
	}
	m.look = m.steps - clockSteps
	now := time.Now()
	if m.until.IsZero() {
		m.until = now.Add(m.time)
	}
	if now.After(m.until) {
		return ErrTime
	}
	return nil
}

// bytesPerStep is how much text is scanned for the price of one step.
const bytesPerStep = 4096

// scan pays for reading through n bytes.
func (m *meter) scan(n int) error { return m.spend(n / bytesPerStep) }

// grow accounts for bytes that a new value holds.
func (m *meter) grow(bytes int) error {
	if m.memory -= bytes; m.memory < 0 {
		return ErrMemory
	}
	return nil
}

func (m *meter) enter() error {
	if m.depth == 0 {
		return ErrDepth
	}
	m.depth--
	return nil
}

func (m *meter) leave() { m.depth++ }
