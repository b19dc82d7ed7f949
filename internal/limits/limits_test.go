package limits_test

import (
	"reflect"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/limits"
)

func TestEveryLimitHasARow(t *testing.T) {
	for name, l := range map[string]limits.Limits{"aws": limits.AWS(), "laptop": limits.Laptop()} {
		v := reflect.ValueOf(l)
		for i := range v.NumField() {
			if v.Field(i).Int() <= 0 {
				t.Errorf("%s: %s has no value", name, v.Type().Field(i).Name)
			}
		}
		if v.NumField() != len(limits.Table()) {
			t.Errorf("%d fields, %d rows", v.NumField(), len(limits.Table()))
		}
	}
}

func TestOperatorRefusesWhatItDoesNotKnow(t *testing.T) {
	if _, err := limits.Operator(map[string]int64{"request paylaod": 1}); err == nil {
		t.Error("a misspelt limit was accepted")
	}
	if _, err := limits.Operator(map[string]int64{"request payload": 0}); err == nil {
		t.Error("a limit of zero was accepted")
	}
	l, err := limits.Operator(map[string]int64{"request payload": 5})
	if err != nil || l.RequestPayload != 5 || l.ResponsePayload != limits.AWS().ResponsePayload {
		t.Errorf("got %+v, %v", l, err)
	}
}
