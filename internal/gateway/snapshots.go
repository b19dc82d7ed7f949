package gateway

import (
	"context"
	"fmt"
	"sync"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/store"
)

// snapshotBytes bounds the decoded definitions that are kept for the next compilation: a stage whose settings change is
// compiled from the definition it has. Estimated, see sizeOf.
const snapshotBytes = 64 << 20

// snapshots reads frozen definitions and keeps some of them. They are shared and must not be changed.
type snapshots struct {
	stored engine.Snapshots
	most   int

	mu    sync.Mutex
	bytes int
	kept  map[string]keptSnapshot // by digest
}

type keptSnapshot struct {
	api  *definition.RestAPI
	size int
}

func newSnapshots(stored engine.Snapshots, most int) *snapshots {
	return &snapshots{stored: stored, most: most, kept: make(map[string]keptSnapshot)}
}

// read returns the definition with this digest, every part of it with a place.
func (s *snapshots) read(ctx context.Context, digest string) (*definition.RestAPI, error) {
	if digest == "" {
		return nil, fmt.Errorf("%w: it has no snapshot", engine.ErrNotFound)
	}
	if api := s.known(digest); api != nil {
		return api, nil
	}
	api, err := store.ReadSnapshot[definition.RestAPI](ctx, s.stored, digest)
	if err != nil {
		return nil, err
	}
	definition.FillPlaces(api)
	s.keep(digest, api)
	return api, nil
}

func (s *snapshots) known(digest string) *definition.RestAPI {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.kept[digest].api
}

// keep keeps a definition; when that is too much, others go, at random.
func (s *snapshots) keep(digest string, api *definition.RestAPI) {
	size := sizeOf(api)
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, twice := s.kept[digest]; twice || size > s.most {
		return
	}
	s.kept[digest] = keptSnapshot{api, size}
	s.bytes += size
	for other, k := range s.kept {
		if s.bytes <= s.most {
			return
		}
		if other != digest {
			s.bytes -= k.size
			delete(s.kept, other)
		}
	}
}

// What the parts of a definition cost besides their long texts, in bytes, roughly.
const (
	methodSize = 2 << 10
	partSize   = 512
)

// sizeOf estimates what a definition costs in memory, in bytes.
func sizeOf(api *definition.RestAPI) int {
	size := partSize * (1 + len(api.Resources) + len(api.Models) + len(api.RequestValidators) + len(api.Authorizers) + len(api.GatewayResponses))
	for _, m := range api.Models {
		size += len(m.Schema)
	}
	for _, d := range api.Documentation {
		size += partSize + len(d.Properties)
	}
	for _, r := range api.Resources {
		for _, m := range r.Methods {
			size += methodSize
			if m.Integration == nil {
				continue
			}
			size += textSize(m.Integration.RequestTemplates)
			for _, response := range m.Integration.Responses {
				size += partSize + textSize(response.ResponseTemplates)
			}
		}
	}
	return size
}

func textSize(texts map[string]string) (size int) {
	for _, text := range texts {
		size += len(text)
	}
	return size
}
