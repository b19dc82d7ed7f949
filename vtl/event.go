package vtl

// EventKind says what happened in a traced run.
type EventKind uint8

// The kinds of events.
const (
	EventReference EventKind = iota // Source has Value
	EventSet                        // Target has Value now
	EventBranch                     // the arm Source of an #if was Taken or not
	EventRound                      // round Index of the loop Source begins with Value
	EventLoopEnd                    // the loop Source ended after Index rounds, for the reason in Value
	EventCall                       // a macro or the block of a #define begins
	EventLeave                      // #stop or #break
	EventEaten                      // Value is whitespace of the template that is not printed
	EventError                      // the run failed with the message in Value
	EventCut                        // there were more than MaxEvents; the run went on without a trace
)

var eventNames = [...]string{"reference", "set", "branch", "round", "loop-end", "call", "leave", "eaten", "error", "cut"}

// String returns the name of the kind, as in JSON.
func (k EventKind) String() string { return eventNames[k] }

// MarshalText returns the name of the kind.
func (k EventKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// Bounds of a trace.
const (
	// MaxEvents is how many events a run reports, so that a template in a loop
	// cannot fill the memory of who collects them. One EventCut follows.
	MaxEvents = 10_000
	// MaxEventText is the most bytes of a value or of source in an event.
	MaxEventText = 200
)

// Event is one thing that happened in a traced run. A place inside of a literal
// with doubled quotes is the place of the literal.
type Event struct {
	Place
	Kind   EventKind
	Source string // of the reference, or of the directive up to its parenthesis
	Target string // of EventSet: what it assigns to
	Value  string // as it would print; at most MaxEventText bytes
	// Cut says that Value goes on.
	Cut bool
	// Null says that there is no value. Unresolved says why: nothing has that
	// name, or null stands before the end of the chain; of EventSet, that there was
	// nothing to assign to, and Value is lost.
	Null, Unresolved bool
	// Secret says that Value is withheld, see Tracer.Secrets.
	Secret bool
	Taken  bool
	Index  int // of a round, from 0; of EventLoopEnd, the number of rounds
}

// Tracer takes what a traced run reports. Its functions are called one after
// the other, in the order of the run; one that is nil costs nothing.
type Tracer struct {
	// Event is called at most MaxEvents+1 times in a run.
	Event func(Event)
	// Reach is called for every point of Program.Points that the run comes by, as
	// often as it does.
	Reach func(point int)
	// Secrets, if not nil, says which values must not be shown.
	Secrets Secrets
}

// Secrets knows what the scope of a run must not give away. What is computed
// from a secret is one as well, and what holds one.
type Secrets interface {
	// Reads is how many secrets the scope has handed out so far.
	Reads() int
	// Mask replaces the secrets in a text. cut says that the text is the beginning
	// of a longer one, so that it may end in the beginning of a secret.
	Mask(text string, cut bool) string
}

// PointKind says what a Point is.
type PointKind uint8

// The kinds of points.
const (
	PointStatement PointKind = iota // a reference or directive in text
	PointBranch                     // an arm of an #if, or a loop entered or not
)

// Point is something that a run of a traced program may come by. What a set of
// runs never reached is not covered by them.
type Point struct {
	Place
	Kind   PointKind
	Source string
	// What is the outcome that a branch stands for: "taken", "not taken" (an #if
	// without #else), "entered", "not entered". It is empty for a statement.
	What string
}

// CompileTraced is Compile for a program that ExecTraced can look into. It gives
// the same output as a plain one, but takes longer.
func CompileTraced(src string) *Program { return compile(src, true) }

// Points returns the points of a program that CompileTraced made. The caller
// must not change them.
func (p *Program) Points() []Point { return p.points }
