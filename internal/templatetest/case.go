package templatetest

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Case is one test as written.
type Case struct {
	File    string
	Comment string
	// Template is its text, TemplateFile where that came from: the test's own file, or the one it names.
	Template     string
	TemplateFile string
	Request      string
	Response     string
	HasResponse  bool
	Want         string
	Error        string
	WantError    bool
	Overrides    string
	HasOverrides bool

	sections []section // as read, to write the file back
}

type section struct {
	name string // "template", or "template: path"
	body string
	line int
}

// Ending of the files that hold tests.
const Ending = ".test"

// maxCase bounds a test file in bytes.
const maxCase = 16 << 20

var marker = regexp.MustCompile(`^-- ([a-z]+)(?:: (.+))? --$`)

// Load reads a test. uses, if not nil, is told the file of a template that the test names, before it is read.
func Load(file string, uses func(file string)) (*Case, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxCase {
		return nil, fmt.Errorf("%s is larger than %d bytes", file, maxCase)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	c, err := Parse(file, string(data))
	if err != nil {
		return nil, err
	}
	if c.TemplateFile != file {
		if uses != nil {
			uses(c.TemplateFile)
		}
		text, err := os.ReadFile(c.TemplateFile)
		if err != nil {
			return nil, fmt.Errorf("%s: template: %w", file, err)
		}
		c.Template = string(text)
	}
	return c, nil
}

// Parse reads the text of a test; a template that it names by path is left to Load.
func Parse(file, text string) (*Case, error) {
	c := &Case{File: file, TemplateFile: file}
	c.Comment, c.sections = split(text)
	seen := make(map[string]bool)
	for _, s := range c.sections {
		name, path, _ := strings.Cut(s.name, ": ")
		if seen[name] {
			return nil, fmt.Errorf("%s:%d: a second section %q", file, s.line, name)
		}
		seen[name] = true
		if err := c.take(name, path, s); err != nil {
			return nil, err
		}
	}
	switch {
	case !seen["template"]:
		return nil, fmt.Errorf("%s: the section -- template -- is missing", file)
	case seen["want"] == seen["error"]:
		return nil, fmt.Errorf("%s: one of the sections -- want -- and -- error -- is needed", file)
	}
	return c, nil
}

func (c *Case) take(name, path string, s section) error {
	if path != "" && name != "template" {
		return fmt.Errorf("%s:%d: only a template can be named by path", c.File, s.line)
	}
	switch name {
	case "template":
		c.Template = s.body
		if path != "" {
			if strings.TrimSpace(s.body) != "" {
				return fmt.Errorf("%s:%d: a template that is named by path has no text here", c.File, s.line)
			}
			c.TemplateFile = filepath.Join(filepath.Dir(c.File), filepath.FromSlash(path))
		}
	case "request":
		c.Request = s.body
	case "response":
		c.Response, c.HasResponse = s.body, true
	case "want":
		c.Want = s.body
	case "error":
		c.Error, c.WantError = strings.TrimSpace(s.body), true
	case "overrides":
		c.Overrides, c.HasOverrides = s.body, true
	default:
		return fmt.Errorf("%s:%d: unknown section %q; a test has template, request, response, want, error, overrides", c.File, s.line, name)
	}
	return nil
}

// split takes a file apart at its markers.
func split(text string) (comment string, sections []section) {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	lines := strings.Split(text, "\n")
	var body []string
	flush := func() {
		joined := strings.Join(body, "\n")
		if sections == nil {
			comment = strings.TrimSpace(joined)
		} else {
			sections[len(sections)-1].body = joined
		}
		body = nil
	}
	for i, line := range lines {
		m := marker.FindStringSubmatch(line)
		if m == nil {
			body = append(body, line)
			continue
		}
		flush()
		name := m[1]
		if m[2] != "" {
			name += ": " + m[2]
		}
		sections = append(sections, section{name: name, line: i + 1})
	}
	if len(body) > 0 && body[len(body)-1] == "" {
		body = body[:len(body)-1] // the file's last line end
	}
	flush()
	return comment, sections
}

// Update writes the file anew with what the template gives now.
func (c *Case) Update(output, overrides string) error {
	var b strings.Builder
	if c.Comment != "" {
		b.WriteString(c.Comment + "\n\n")
	}
	for _, s := range c.sections {
		switch s.name {
		case "want":
			s.body = output
		case "overrides":
			s.body = strings.TrimSuffix(overrides, "\n")
		}
		fmt.Fprintf(&b, "-- %s --\n", s.name)
		if s.body != "" || s.name == "want" {
			b.WriteString(s.body + "\n")
		}
	}
	return os.WriteFile(c.File, []byte(b.String()), 0o644)
}

// Find lists the test files in paths: files as they are, folders with everything below them, in order.
func Find(paths ...string) ([]string, error) {
	var files []string
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			files = append(files, path)
			continue
		}
		err = filepath.WalkDir(path, func(file string, entry os.DirEntry, err error) error {
			if err == nil && !entry.IsDir() && strings.HasSuffix(file, Ending) {
				files = append(files, file)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	slices.Sort(files)
	return slices.Compact(files), nil
}
