package accesskey

import (
	"fmt"
	"strings"
	"testing"
)

func FuzzParseFile(f *testing.F) {
	f.Add(fmt.Sprintf(fileText, "AKIDEXAMPLE", "secret/with+signs="))
	f.Add("[default]\r\naws_access_key_id = a\r\n[x]\naws_secret_access_key=b")
	f.Fuzz(func(t *testing.T, text string) {
		id, secret, _ := parseFile(text)
		if !strings.Contains(text, id) || !strings.Contains(text, secret.value) {
			t.Errorf("got %q from %q", id, text)
		}
	})
}

// TestRandomTextUsesEveryLetter draws enough that a letter that cannot come would be missed.
func TestRandomTextUsesEveryLetter(t *testing.T) {
	for _, letters := range []string{idLetters, secretBytes} {
		text := randomText(letters, 20_000)
		for _, c := range letters {
			if n := strings.Count(text, string(c)); n < 20_000/len(letters)/3 || n > 3*20_000/len(letters) {
				t.Errorf("%c came %d times", c, n)
			}
		}
	}
}
