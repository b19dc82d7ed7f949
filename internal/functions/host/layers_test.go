package host_test

import (
	"os"
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/host"
)

// TestLayersAtEveryLevel: modules, programs, libraries and wrappers of layers are found, literally in /opt or by variables. Spec:
// functions A5, A7, E9.
func TestLayersAtEveryLevel(t *testing.T) {
	opt := layer(t, map[string]string{
		"python/words.py": "word = 'a module'\n", "python/lib/python3.12/site-packages/packages.py": "word = 'a package'\n",
		"nodejs/node_modules/words/index.js": "exports.word = 'a module';\n", "nodejs/node22/node_modules/packages/index.js": "exports.word = 'a package';\n",
		"bin/said+": "#!/bin/sh\necho a program\n", "lib/x.so": "",
		"wrap+": "#!/bin/sh\nexport WRAPPED=\"$(basename \"$1\")\" \nexec \"$@\"\n",
	})
	python := layer(t, map[string]string{"app.py": `import os, subprocess, words, packages
def handler(event, context):
    library = [d for d in os.environ['LD_LIBRARY_PATH'].split(':') if os.path.exists(d + '/x.so')]
    return [words.word, packages.word, subprocess.check_output(['said']).decode().strip(), len(library), os.environ['WRAPPED'], os.environ['MINE']]
`})
	node := layer(t, map[string]string{"app.js": `const fs = require('fs');
exports.handler = async () => {
  const library = process.env.LD_LIBRARY_PATH.split(':').filter((d) => fs.existsSync(d + '/x.so'));
  return [require('words').word, require('packages').word, require('child_process').execFileSync('said').toString().trim(), library.length, process.env.WRAPPED, process.env.MINE];
};
`})
	for _, level := range []host.Isolation{host.IsolationAuto, host.IsolationProcess, host.IsolationNone} {
		w := start(t, func(o *host.Options) { o.Isolation = level })
		for _, tt := range []struct{ runtime, code, want string }{
			{"python3.12", python, `["a module", "a package", "a program", 1, "python`},
			{"nodejs22.x", node, `["a module","a package","a program",1,"node`},
		} {
			f := function(t, func(f *functions.Function) {
				f.Runtime, f.Handler, f.Code, f.Opt, f.MemorySize = tt.runtime, "app.handler", tt.code, opt, 512
				f.Environment = map[string]string{"AWS_LAMBDA_EXEC_WRAPPER": "/opt/wrap", "MINE": "mine"}
			})
			if got := call(t, w.Open(f), "{}"); !strings.HasPrefix(got, tt.want) || !strings.HasSuffix(got, `"mine"]`) {
				t.Errorf("%s at %q: got %s\n%s", tt.runtime, level, got, w.logs.text())
			}
		}
	}
}

// TestPathsOfAFunctionsOwn variables lead to its folders, wherever these are.
func TestPathsOfAFunctionsOwn(t *testing.T) {
	opt := layer(t, map[string]string{"tools/said+": "#!/bin/sh\necho a tool\n"})
	code := layer(t, map[string]string{"app.js": `exports.handler = async () => require('child_process').execFileSync('said').toString().trim() + process.env.OTHER;`})
	for _, level := range []host.Isolation{host.IsolationAuto, host.IsolationNone} {
		w := start(t, func(o *host.Options) { o.Isolation = level })
		f := function(t, func(f *functions.Function) {
			f.Runtime, f.Handler, f.Code, f.Opt, f.MemorySize = "nodejs22.x", "app.handler", code, opt, 512
			f.Environment = map[string]string{"PATH": "/opt/tools:" + os.Getenv("PATH"), "OTHER": "/opt/tools"}
		})
		want(t, string(level), call(t, w.Open(f), "{}"), `"a tool/opt/tools"`)
	}
}

// TestTheMachinesOptStays for functions without layers, and nobody writes to a layer.
func TestTheMachinesOptStays(t *testing.T) {
	w := start(t)
	code := layer(t, map[string]string{"app.js": `const fs = require('fs');
exports.handler = async () => { try { fs.writeFileSync('/opt/new', ''); return 'written'; } catch (e) { return fs.readdirSync('/opt').includes('only-here'); } };`})
	for opt, wanted := range map[string]string{"": "false", layer(t, map[string]string{"only-here": ""}): "true"} {
		f := function(t, func(f *functions.Function) {
			f.Runtime, f.Handler, f.Code, f.Opt, f.MemorySize = "nodejs22.x", "app.handler", code, opt, 512
		})
		holds, err := w.Isolation()
		if err != nil {
			t.Fatal(err)
		}
		if !holds.Mounts {
			continue
		}
		want(t, opt, call(t, w.Open(f), "{}"), wanted)
	}
}

// TestABootstrapInALayer is found after one in the code. Spec: functions A6.
func TestABootstrapInALayer(t *testing.T) {
	code, err := testFunction()
	if err != nil {
		t.Fatal(err)
	}
	w := start(t)
	f := function(t, func(f *functions.Function) { f.Code, f.Opt = t.TempDir(), code })
	want(t, "echo", call(t, w.Open(f), "1"), "1")
}

// TestAMissingWrapper is the error that the service was recorded with.
func TestAMissingWrapper(t *testing.T) {
	w := start(t)
	f := function(t, func(f *functions.Function) {
		f.Runtime, f.Handler, f.Code, f.Opt = "python3.12", "app.handler", layer(t, map[string]string{"app.py": "def handler(e, c): return 1\n"}), layer(t, map[string]string{"x": ""})
		f.Environment["AWS_LAMBDA_EXEC_WRAPPER"] = "/opt/missing"
	})
	want(t, "no wrapper", call(t, w.Open(f), "1"), exitError("Runtime exited with error: exit status 127"))
}
