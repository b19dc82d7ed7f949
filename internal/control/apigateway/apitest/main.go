package apitest

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/awsproto"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
)

// called are the operations that the tests of this binary called.
var called sync.Map

// Main is the TestMain of a package with operations: when all of its tests ran, every operation that it binds was called.
func Main(m *testing.M, bind func(*state.State, *awsproto.Service)) {
	flag.Parse()
	code := m.Run()
	for _, chosen := range []string{"test.run", "test.list", "test.fuzz", "test.skip"} {
		if f := flag.Lookup(chosen); f != nil && f.Value.String() != "" {
			os.Exit(code)
		}
	}
	for _, name := range bound(bind) {
		if _, ok := called.Load(name); !ok {
			fmt.Printf("FAIL: no test calls the operation %s\n", name)
			code = 1
		}
	}
	os.Exit(code)
}

// bound lists the operations that bind binds, by asking which are missing.
func bound(bind func(*state.State, *awsproto.Service)) []string {
	model, err := wire.ServiceModel()
	if err != nil {
		panic(err)
	}
	s, err := awsproto.NewService(model)
	if err != nil {
		panic(err)
	}
	bind(new(state.State), s)
	missing := ""
	if err := s.Check(); err != nil {
		missing = err.Error()
	}
	var names []string
	for _, name := range model.OperationNames() {
		if !strings.Contains(missing, "operation "+name+" is neither") {
			names = append(names, name)
		}
	}
	return names
}
