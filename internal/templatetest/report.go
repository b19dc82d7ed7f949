package templatetest

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"
)

// Text writes the failures and a summary for people.
func Text(w io.Writer, outcomes []*Outcome) {
	failed := 0
	var took time.Duration
	for _, o := range outcomes {
		took += o.Took
		if o.Passed() {
			continue
		}
		failed++
		fmt.Fprintf(w, "FAIL %s", o.Case.File)
		if o.Case.Comment != "" {
			first, _, _ := strings.Cut(o.Case.Comment, "\n")
			fmt.Fprintf(w, ": %s", first)
		}
		fmt.Fprintf(w, "\n  %s\n", strings.ReplaceAll(strings.TrimRight(o.Failure, "\n"), "\n", "\n  "))
	}
	fmt.Fprintf(w, "%d passed, %d failed in %s\n", len(outcomes)-failed, failed, took.Round(time.Microsecond))
}

type jsonOutcome struct {
	File    string  `json:"file"`
	Comment string  `json:"comment,omitempty"`
	Passed  bool    `json:"passed"`
	Failure string  `json:"failure,omitempty"`
	Output  string  `json:"output,omitempty"`
	Seconds float64 `json:"seconds"`
}

// JSON writes one object per line for programs.
func JSON(w io.Writer, outcomes []*Outcome) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, o := range outcomes {
		if err := enc.Encode(jsonOutcome{o.Case.File, o.Case.Comment, o.Passed(), o.Failure, o.Output, o.Took.Seconds()}); err != nil {
			return err
		}
	}
	return nil
}

// JSON writes the summary as one object with the only member coverage, on a line of its own.
func (s *Summary) JSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(struct {
		Coverage *Summary `json:"coverage"`
	}{s})
}

type junitSuite struct {
	XMLName    xml.Name         `xml:"testsuite"`
	Name       string           `xml:"name,attr"`
	Tests      int              `xml:"tests,attr"`
	Failures   int              `xml:"failures,attr"`
	Seconds    string           `xml:"time,attr"`
	Properties *junitProperties `xml:"properties,omitempty"`
	Cases      []junitCase      `xml:"testcase"`
}

type junitProperties struct {
	List []junitProperty `xml:"property"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	Seconds string        `xml:"time,attr"`
	Failure *junitFailure `xml:"failure,omitempty"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// properties are the percentages of all templates and of each.
func (s *Summary) properties() *junitProperties {
	if s == nil {
		return nil
	}
	p := new(junitProperties)
	add := func(suffix string, lines, branches Share) {
		p.List = append(p.List, junitProperty{"coverage.lines" + suffix, fmt.Sprintf("%.2f", lines.Percent)},
			junitProperty{"coverage.branches" + suffix, fmt.Sprintf("%.2f", branches.Percent)})
	}
	add("", s.Lines, s.Branches)
	for _, t := range s.Templates {
		add(":"+t.File, t.Lines, t.Branches)
	}
	return p
}

// JUnit writes the XML that build servers read. coverage may be nil.
func JUnit(w io.Writer, outcomes []*Outcome, coverage *Summary) error {
	suite := junitSuite{Name: "templates", Tests: len(outcomes), Properties: coverage.properties()}
	var took time.Duration
	for _, o := range outcomes {
		took += o.Took
		c := junitCase{Class: filepath.Dir(o.Case.File), Name: filepath.Base(o.Case.File), Seconds: seconds(o.Took)}
		if !o.Passed() {
			suite.Failures++
			first, _, _ := strings.Cut(o.Failure, "\n")
			c.Failure = &junitFailure{first, o.Failure}
		}
		suite.Cases = append(suite.Cases, c)
	}
	suite.Seconds = seconds(took)
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(suite); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.6f", d.Seconds()) }
