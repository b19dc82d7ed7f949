package lambda_test

import (
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/functions"
)

// The tests of this file hold what no document and no recording says: what a user of the service would expect.

func TestUnconfirmedDeletingNoAliasSucceeds(t *testing.T) {
	f := newFixture(t)
	f.create("hello", "")
	f.check(want{"DELETE " + functionsPath + "/hello/aliases/none", "", "204"})
}

func TestUnconfirmedDeletingNoVersionSucceeds(t *testing.T) {
	f := newFixture(t)
	f.create("hello", "")
	f.check(want{"DELETE " + functionsPath + "/hello?Qualifier=7", "", "204"})
}

func TestUnconfirmedAnEmptyEventIsAnEmptyObject(t *testing.T) {
	f := newFixture(t)
	f.create("hello", "")
	f.must("POST "+functionsPath+"/hello/invocations", "")
	if got := string(f.invoker.last.Payload); got != "{}" {
		t.Errorf("got %q", got)
	}
}

func TestUnconfirmedAFunctionThatIsNotReadyIsAConflict(t *testing.T) {
	f := newFixture(t)
	f.create("hello", "")
	f.invoker.err = &functions.StateError{State: "Pending"}
	f.check(want{"POST " + functionsPath + "/hello/invocations", "{}",
		`409 ResourceConflictException {"Type":"User","message":"The operation cannot be performed at this time. The function is currently in the following state: Pending"}`})
}

func TestUnconfirmedFunctionsOfOtherAccountsAreDenied(t *testing.T) {
	f := newFixture(t)
	f.check(want{"GET " + functionsPath + "/arn:aws:lambda:us-east-1:222222222222:function:hello", "", "403 AccessDeniedException"})
}

func TestUnconfirmedAQualifierInTheNameOfANewFunctionIsWithoutMeaning(t *testing.T) {
	f := newFixture(t)
	if made := f.create("hello:live", ""); made.member("FunctionArn") != arn+"hello" {
		t.Errorf("got %s", made)
	}
}
