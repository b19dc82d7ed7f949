package oracle

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// answer is what an engine says: a text, or that it failed, or that the
// template or path could not be compiled.
type answer struct {
	verdict byte // '=', '!' or '?'
	text    string
}

// question is a template ('V') with its variables, or a path ('P') with its document.
type question struct {
	kind       byte
	text, json string
}

// machine is the Java virtual machine that answers.
type machine struct {
	mu  sync.Mutex
	in  *bufio.Writer
	out *bufio.Reader
}

// ask answers questions in their order.
func (m *machine) ask(t testing.TB, questions []question) []answer {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	written := make(chan error, 1)
	go func() { // both sides would wait for each other if this were not beside the reading
		for _, q := range questions {
			m.in.WriteByte(q.kind)
			m.put(q.text)
			m.put(q.json)
		}
		written <- m.in.Flush()
	}()
	answers := make([]answer, len(questions))
	for i := range answers {
		var err error
		if answers[i], err = m.read(); err != nil {
			t.Fatalf("the Java side ended at question %d, %q: %v", i, questions[i].text, err)
		}
	}
	if err := <-written; err != nil {
		t.Fatal(err)
	}
	return answers
}

func (m *machine) put(text string) {
	m.in.Write(binary.BigEndian.AppendUint32(nil, uint32(len(text))))
	m.in.WriteString(text)
}

func (m *machine) read() (a answer, err error) {
	if a.verdict, err = m.out.ReadByte(); err != nil {
		return a, err
	}
	var size [4]byte
	if _, err = io.ReadFull(m.out, size[:]); err != nil {
		return a, err
	}
	text := make([]byte, binary.BigEndian.Uint32(size[:]))
	_, err = io.ReadFull(m.out, text)
	a.text = string(text)
	return a, err
}

// java is the machine of this test run; TestMain starts it on demand and ends it.
var java = sync.OnceValues(startMachine)

var endJava = func() {}

func TestMain(m *testing.M) {
	code := m.Run()
	endJava()
	os.Exit(code)
}

func oracle(t testing.TB) *machine {
	t.Helper()
	m, err := java()
	if err != nil {
		t.Fatalf("%v\nRun test/install-tools, which installs what this test needs.", err)
	}
	return m
}

// libraries are where test/install-tools puts them: Debian's packages and .tools/java.
var libraries = []string{
	"/usr/share/java/velocity.jar",
	"/usr/share/java/commons-collections3.jar",
	"/usr/share/java/commons-lang.jar",
	"../../.tools/java/json-path-*.jar",
	"../../.tools/java/json-smart-*.jar",
	"../../.tools/java/accessors-smart-*.jar",
	"../../.tools/java/asm-*.jar",
	"../../.tools/java/slf4j-api-*.jar",
}

func classPath() (string, error) {
	var found []string
	for _, pattern := range libraries {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			return "", fmt.Errorf("%s is missing", pattern)
		}
		found = append(found, files[len(files)-1])
	}
	return strings.Join(found, string(os.PathListSeparator)), nil
}

func startMachine() (*machine, error) {
	path, err := classPath()
	if err != nil {
		return nil, err
	}
	classes, err := compileJava(path)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command("java", "-Xss4m", "-Dslf4j.internal.verbosity=ERROR", "-Xshare:auto", "-XX:+UseSerialGC", "-cp", classes+string(os.PathListSeparator)+path, "Oracle")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	endJava = func() {
		in.Close()
		_ = cmd.Wait()
	}
	return &machine{in: bufio.NewWriterSize(in, 1<<16), out: bufio.NewReaderSize(out, 1<<16)}, nil
}

// compileJava compiles the Java side into .tools, again only when it changed.
func compileJava(path string) (classes string, err error) {
	classes = "../../.tools/java/oracle"
	source := []string{"java/Oracle.java", "java/org/apache/velocity/runtime/parser/node/ASTMap.java"}
	if upToDate(filepath.Join(classes, "Oracle.class"), source) {
		return classes, nil
	}
	args := append([]string{"-encoding", "UTF-8", "-cp", path, "-d", classes}, source...)
	if out, err := exec.Command("javac", args...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("javac: %w\n%s", err, out)
	}
	return classes, nil
}

func upToDate(made string, from []string) bool {
	m, err := os.Stat(made)
	if err != nil {
		return false
	}
	for _, file := range from {
		if s, err := os.Stat(file); err != nil || s.ModTime().After(m.ModTime()) {
			return false
		}
	}
	return true
}
