package functionstore

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
)

func TestSettingsOfEventsReachTheEntry(t *testing.T) {
	f := newFixture(t)
	f.open()
	one := 1
	f.create("hello", f.version(file{name: "a.py"}), func(doc *definition.Function) {
		doc.EventInvoke = map[string]*definition.FunctionEventInvoke{
			functions.Latest: {MaximumRetryAttempts: &one, MaximumEventAge: 60, OnSuccess: "arn:aws:lambda:us-east-1:111111111111:function:told:live"},
			"outside":        {OnFailure: "arn:aws:sqs:us-east-1:111111111111:q", OnSuccess: "https://h/"},
			"odd":            {OnFailure: "arn:aws:lambda:us-east-1:111111111111:other"},
		}
	})
	f.refresh("hello")
	all := f.entry("hello").Asynchronous
	got := all[functions.Latest]
	if *got.Retries != 1 || got.MaxAge != time.Minute || got.OnSuccess.String() != "arn:aws:lambda:us-east-1:111111111111:function:told:live" || got.OnFailure != (functions.Destination{}) {
		t.Errorf("got %+v", got)
	}
	if got := all["outside"]; got.OnFailure != (functions.Destination{Target: "arn:aws:sqs:us-east-1:111111111111:q"}) || got.OnSuccess != (functions.Destination{Target: "https://h/"}) {
		t.Errorf("got %+v", got)
	}
	if got := all["odd"]; got.OnFailure != (functions.Destination{}) {
		t.Errorf("got %+v", got)
	}
}

// TestUnused holds what is told of functions that calls do not find.
func TestUnused(t *testing.T) {
	f := newFixture(t)
	f.create("hello", f.version(file{name: "a.py"}), func(doc *definition.Function) {
		doc.Versions = map[string]*definition.FunctionVersion{"1": {}}
		doc.Aliases = map[string]*definition.FunctionAlias{"live": {Version: "1"}, "lost": {Version: "2"}}
	})
	if _, err := f.engine.Docs().Create(context.Background(), Bucket, keyOf("damaged"), []byte("{")); err != nil {
		t.Fatal(err)
	}
	for qualifier, want := range map[string]error{
		"": ErrUnused, functions.Latest: ErrUnused, "1": ErrUnused, "live": ErrUnused, "2": functions.ErrNotFound, "lost": functions.ErrNotFound, "none": functions.ErrNotFound,
	} {
		ref := refOf("hello")
		ref.Qualifier = qualifier
		if err := f.Unused(t.Context(), ref); !errors.Is(err, want) {
			t.Errorf("%q: got %v, want %v", qualifier, err, want)
		}
	}
	if err := f.Unused(t.Context(), refOf("none")); !errors.Is(err, functions.ErrNotFound) {
		t.Errorf("got %v", err)
	}
	if err := f.Unused(t.Context(), refOf("damaged")); err == nil || errors.Is(err, functions.ErrNotFound) || errors.Is(err, engine.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}
