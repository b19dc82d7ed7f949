package enginetest

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/engine"
)

// patience bounds every wait of the suite.
const patience = time.Minute

// A Clock is turned by hand.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock returns a clock that shows a fixed time.
func NewClock() *Clock { return &Clock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)} }

// Now returns the time that the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance turns the clock.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Run tests the engines that open makes. Each must be empty, and judge leases by the clock now; the suite closes it.
func Run(t *testing.T, open func(t *testing.T, now func() time.Time) engine.Engine) {
	tests := []struct {
		name string
		test func(*testing.T, *fixture)
	}{
		{"DocumentsAreKeptByRevision", documentsAreKeptByRevision},
		{"WritersNeedTheNewestRevision", writersNeedTheNewestRevision},
		{"DeletedKeysCanBeCreatedAgain", deletedKeysCanBeCreatedAgain},
		{"KeysAreAnyUTF8", keysAreAnyUTF8},
		{"NamesAndSizesAreBounded", namesAndSizesAreBounded},
		{"DocumentsOfEverySizeComeBack", documentsOfEverySizeComeBack},
		{"SixteenWritersLoseNoUpdate", sixteenWritersLoseNoUpdate},
		{"OneOfManyCreatorsWins", oneOfManyCreatorsWins},
		{"ChangeCreatesSkipsAndStops", changeCreatesSkipsAndStops},
		{"ListsAreSortedAndPaged", listsAreSortedAndPaged},
		{"BucketsAreThoseWithDocuments", bucketsAreThoseWithDocuments},
		{"WatchSeesEveryChangeInOrder", watchSeesEveryChangeInOrder},
		{"WatchFromNowSeesOnlyTheNew", watchFromNowSeesOnlyTheNew},
		{"WatchFarBehindSeesTheNewest", watchFarBehindSeesTheNewest},
		{"ListThenWatchMissesNothing", listThenWatchMissesNothing},
		{"WatchEndsWithItsContext", watchEndsWithItsContext},
		{"SnapshotsAreFoundByDigest", snapshotsAreFoundByDigest},
		{"LeasesHaveOneHolder", leasesHaveOneHolder},
		{"LeasesEndByTheClock", leasesEndByTheClock},
		{"OneOfManyAcquirersWins", oneOfManyAcquirersWins},
		{"LeasesAreNoDocuments", leasesAreNoDocuments},
		{"CancelledContextsEndCalls", cancelledContextsEndCalls},
		{"DataBelongsToTheCaller", dataBelongsToTheCaller},
		{"RunEndsWithItsContext", runEndsWithItsContext},
		{"ClosedEnginesRefuse", closedEnginesRefuse},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			clock := NewClock()
			e := open(t, clock.Now)
			t.Cleanup(func() { noError(t, e.Close()) })
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			t.Cleanup(cancel)
			tt.test(t, &fixture{Engine: e, ctx: ctx, clock: clock})
		})
	}
}

// A fixture is an engine with what a test needs around it.
type fixture struct {
	engine.Engine
	ctx   context.Context
	clock *Clock
}

func (f *fixture) create(t *testing.T, bucket, key, data string) engine.Revision {
	t.Helper()
	rev, err := f.Docs().Create(f.ctx, bucket, key, []byte(data))
	noError(t, err)
	return rev
}

func (f *fixture) update(t *testing.T, bucket, key, data string, rev engine.Revision) engine.Revision {
	t.Helper()
	next, err := f.Docs().Update(f.ctx, bucket, key, []byte(data), rev)
	noError(t, err)
	return next
}

// expect reads a document and compares it.
func (f *fixture) expect(t *testing.T, bucket, key string, data []byte, rev engine.Revision) {
	t.Helper()
	doc, err := f.Docs().Get(f.ctx, bucket, key)
	noError(t, err)
	if doc.Key != key || doc.Revision != rev || !bytes.Equal(doc.Data, data) || doc.Digest != engine.DigestOf(data) {
		t.Fatalf("got %d bytes under %q at revision %d, want %d under %q at %d", len(doc.Data), doc.Key, doc.Revision, len(data), key, rev)
	}
}

func (f *fixture) watch(t *testing.T, bucket string, after engine.Revision) engine.Watch {
	t.Helper()
	w, err := f.Docs().Watch(f.ctx, bucket, after)
	noError(t, err)
	return w
}

func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantError(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("got error %v, want %v", err, want)
	}
}

// noise returns n bytes that do not compress.
func noise(n int) []byte {
	r := rand.NewChaCha8([32]byte{1})
	data := make([]byte, n)
	r.Read(data) //nolint:errcheck // it has none
	return data
}
