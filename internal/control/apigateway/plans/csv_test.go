package plans

import (
	"slices"
	"strings"
	"testing"
)

func FuzzReadKeys(f *testing.F) {
	f.Add("name,key\na,12345678901234567890\n")
	f.Add("\xef\xbb\xbfKey, Name ,usageplanids\n12345678901234567890,\"a\",'p1,p2'\n")
	f.Add("name,key,enabled\n\"a\"\"b\",'x,y")
	f.Fuzz(func(t *testing.T, text string) {
		const most = 100
		rows, warnings, err := readKeys([]byte(text), most)
		if err != nil && (rows != nil || warnings != nil) {
			t.Error("an error and keys")
		}
		if len(rows)+len(warnings) > most {
			t.Errorf("%d rows, %d warnings", len(rows), len(warnings))
		}
		for _, row := range rows {
			if row.name == "" || checkKeyValue(row.value) != nil || row.line < 2 || slices.Contains(row.plans, "") {
				t.Errorf("not a key: %+v", row)
			}
		}
	})
}

func TestFilesAreBounded(t *testing.T) {
	file := "name,key\n" + strings.Repeat("a,12345678901234567890\n", 11)
	if _, _, err := readKeys([]byte(file), 10); err == nil {
		t.Error("eleven rows were read, ten are allowed")
	}
}
