package vtl

// Limits bounds one run. A field that is zero takes its value from
// DefaultLimits.
type Limits struct {
	Output int // bytes written
	Loop   int // rounds of one #foreach; the loop then ends silently
	Depth  int // macro calls and #define blocks inside each other
	Steps  int // nodes visited, and items compared or copied
	Memory int // bytes of the strings, lists and maps that the run creates
}

// DefaultLimits are the limits of the service where they are known, and
// otherwise far more than an honest template needs.
var DefaultLimits = Limits{
	Output: 10 << 20, // the largest payload
	Loop:   1000,
	Depth:  20,
	Steps:  1_000_000,
	Memory: 64 << 20,
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
	}
}

// meter counts what a run may still use.
type meter struct {
	steps, memory, depth int
}

func (m *meter) spend(steps int) error {
	if m.steps -= steps; m.steps < 0 {
		return ErrSteps
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
