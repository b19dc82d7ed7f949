package planstore

import (
	"crypto/rand"
	"errors"
	"hash/fnv"
	"strconv"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/store"
	"github.com/gatehouse-gateway/gatehouse/internal/traffic/usageplans"
)

// pieces is how many documents the keys of one day are spread over.
const pieces = 16

// batch is what is added to one document in one write.
type batch struct {
	key    string // of the document
	id     string
	counts []usageplans.Count
}

func total(counts []usageplans.Count) (n int64) {
	for i := range counts {
		n += counts[i].N
	}
	return n
}

// batches sorts counts by the documents that they belong to.
func batches(counts []usageplans.Count) []batch {
	byPiece := make(map[piece][]usageplans.Count)
	for i := range counts {
		p := pieceOf(&counts[i])
		byPiece[p] = append(byPiece[p], counts[i])
	}
	all := make([]batch, 0, len(byPiece))
	for p, some := range byPiece {
		all = append(all, batch{p.key(), rand.Text(), some})
	}
	return all
}

func (b *batch) addTo(d *definition.UsageDay) error {
	if d.Batch == b.id {
		return errAdded
	}
	d.Batch = b.id
	if d.Plans == nil {
		d.Plans = make(map[string]map[string]map[string]int64)
	}
	for _, c := range b.counts {
		keys := d.Plans[c.PlanID]
		if keys == nil {
			keys = make(map[string]map[string]int64)
			d.Plans[c.PlanID] = keys
		}
		periods := keys[c.KeyID]
		if periods == nil {
			periods = make(map[string]int64, 1)
			keys[c.KeyID] = periods
		}
		periods[c.Begin.String()] += c.N
	}
	return nil
}

// countsOf lists what a document holds. What names no day is not ours.
func countsOf(p piece, d *definition.UsageDay) []usageplans.Count {
	var all []usageplans.Count
	for planID, keys := range d.Plans {
		for keyID, periods := range keys {
			for text, n := range periods {
				if begin, err := usageplans.ParseDay(text); err == nil {
					all = append(all, usageplans.Count{Scope: p.scope, PlanID: strings.Clone(planID), KeyID: strings.Clone(keyID), Begin: begin, Day: p.day, N: n})
				}
			}
		}
	}
	return all
}

// piece says where a document is: which day of an account and region, and which keys.
type piece struct {
	scope usageplans.Scope
	day   usageplans.Day
	n     int
}

func pieceOf(c *usageplans.Count) piece { return piece{c.Scope, c.Day, pieceOfKey(c.KeyID)} }

func pieceOfKey(keyID string) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(keyID)) // never fails
	return int(h.Sum32() % pieces)
}

func (p piece) key() string {
	return store.Key(p.scope.AccountID, p.scope.Region, p.day.String(), strconv.FormatInt(int64(p.n), pieces))
}

// parsePiece reads what key writes.
func parsePiece(key string) (piece, error) {
	parts := strings.Split(key, "/")
	if len(parts) != 4 {
		return piece{}, errors.New("the key is not of the form account/region/day/piece")
	}
	day, err := usageplans.ParseDay(parts[2])
	if err != nil {
		return piece{}, err
	}
	n, err := strconv.ParseUint(parts[3], pieces, 8)
	return piece{usageplans.Scope{AccountID: parts[0], Region: parts[1]}, day, int(n)}, err
}
