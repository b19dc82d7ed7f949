// Package operationspage writes the pages of the documentation that list the operations of a service, from what is bound. Tests
// use it, so that no page can say what is not so.
package operationspage

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/awsproto"
)

// Check compares a page with what is bound; update writes it instead. Remarks say what differs in operations that work, by name.
func Check(t *testing.T, service *awsproto.Service, title, file string, remarks map[string]string, update bool) {
	t.Helper()
	for name := range remarks {
		if service.Model.Operations[name] == nil {
			t.Errorf("there is a remark on %s, which is no operation", name)
		}
	}
	page := write(service, title, remarks)
	if update {
		if err := os.WriteFile(file, []byte(page), 0o644); err != nil { //nolint:gosec // everybody may read it
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != page {
		t.Errorf("%s is out of date: run the test with -update", file)
	}
}

func write(service *awsproto.Service, title string, remarks map[string]string) string {
	works := 0
	var rows strings.Builder
	for _, name := range service.Model.OperationNames() {
		op, status, remark := service.Model.Operations[name], "works", remarks[name]
		if refused := service.Refusal(name); refused != nil {
			status, remark = "refused", refused.Message
		} else {
			works++
		}
		fmt.Fprintf(&rows, "| %s | `%s %s` | %s | %s |\n", name, op.Method, strings.TrimSuffix(op.URI+"?"+op.QueryFixed, "?"), status, remark)
	}
	return fmt.Sprintf("# %s\n\nWritten by the tests from what is bound: %d of %d operations work. A remark says what differs from the real service.\n\n"+
		"| operation | call | state | remark |\n| --- | --- | --- | --- |\n%s", title, works, len(service.Model.Operations), rows.String())
}
