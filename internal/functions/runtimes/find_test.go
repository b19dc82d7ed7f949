package runtimes_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/functions/runtimes"
)

// folder makes a folder of code: names that end in + are executable.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		mode := os.FileMode(0o600)
		if bare, ok := strings.CutSuffix(name, "+"); ok {
			name, mode = bare, 0o700
		}
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), mode); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestFind(t *testing.T) {
	engines := folder(t, map[string]string{
		"node+":    "#!/bin/sh\necho 22.1.0; echo /opt/node/bin/node\n",
		"python3+": "#!/bin/sh\necho 3.13.2; echo /opt/python/bin/python3.13\n",
		"old+":     "#!/bin/sh\necho 12.0.0; echo /opt/old\n",
		"broken+":  "#!/bin/sh\necho no good >&2; exit 3\n",
		"chatty+":  "#!/bin/sh\necho hello\n",
	})
	own := runtimes.Engines{Node: filepath.Join(engines, "node"), Python: filepath.Join(engines, "python3")}
	for _, test := range []struct {
		name, runtime, handler string
		files, layers, env     map[string]string
		literal                bool // /var/task and /opt are those of the process
		engines                runtimes.Engines
		args                   []string // /code is the folder of the code, /runtime that of the bootstraps
		environment            []string
		note, err              string
	}{
		{name: "node", runtime: "nodejs22.x", handler: "index.handler", engines: own,
			args:        []string{"/opt/node/bin/node", "/runtime/node/bootstrap.cjs"},
			environment: []string{"AWS_EXECUTION_ENV=AWS_Lambda_nodejs22.x", "LAMBDA_RUNTIME_DIR=/runtime/node", "NODE_PATH=/code/node_modules:/code"}},
		{name: "older", runtime: "nodejs12.x", handler: "index.handler", engines: own, env: map[string]string{"NODE_PATH": "/mine"},
			args:        []string{"/opt/node/bin/node", "/runtime/node/bootstrap.cjs"},
			environment: []string{"AWS_EXECUTION_ENV=AWS_Lambda_nodejs12.x", "LAMBDA_RUNTIME_DIR=/runtime/node"},
			note:        "The runtime nodejs12.x runs on Node.js 22.1.0, the engine that is installed here."},
		{name: "python", runtime: "python3.13", handler: "app.handler", engines: own,
			args:        []string{"/opt/python/bin/python3.13", "-u", "/runtime/python/bootstrap.py"},
			environment: []string{"AWS_EXECUTION_ENV=AWS_Lambda_python3.13", "LAMBDA_RUNTIME_DIR=/runtime/python"}},
		{name: "another python", runtime: "python3.8", handler: "app.handler", engines: own,
			args:        []string{"/opt/python/bin/python3.13", "-u", "/runtime/python/bootstrap.py"},
			environment: []string{"AWS_EXECUTION_ENV=AWS_Lambda_python3.8", "LAMBDA_RUNTIME_DIR=/runtime/python"},
			note:        "The runtime python3.8 runs on Python 3.13.2, the engine that is installed here."},
		{name: "wrapper", runtime: "nodejs22.x", engines: own, env: map[string]string{"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/wrap.sh"},
			args:        []string{"/bin/sh", "-c", `exec "$0" "$@"`, "/code/wrap.sh", "/opt/node/bin/node", "/runtime/node/bootstrap.cjs"},
			environment: []string{"AWS_EXECUTION_ENV=AWS_Lambda_nodejs22.x", "LAMBDA_RUNTIME_DIR=/runtime/node", "NODE_PATH=/code/node_modules:/code"}},
		{name: "provided", runtime: "provided.al2023", files: map[string]string{"bootstrap+": ""}, args: []string{"/code/bootstrap"}},
		{name: "official node", runtime: "nodejs22.x", handler: "index.handler", engines: own, env: map[string]string{"GATEHOUSE_RUNTIME_CLIENT": "official"},
			files:       map[string]string{"node_modules/aws-lambda-ric/bin/index.mjs": ""},
			args:        []string{"/opt/node/bin/node", "/code/node_modules/aws-lambda-ric/bin/index.mjs", "index.handler"},
			environment: []string{"AWS_EXECUTION_ENV=AWS_Lambda_nodejs22.x", "LAMBDA_RUNTIME_DIR=/runtime/node", "NODE_PATH=/code/node_modules:/code"}},
		{name: "official python", runtime: "python3.13", handler: "app.handler", engines: own, env: map[string]string{"GATEHOUSE_RUNTIME_CLIENT": "official"},
			files:       map[string]string{"awslambdaric/__main__.py": ""},
			args:        []string{"/opt/python/bin/python3.13", "-m", "awslambdaric", "app.handler"},
			environment: []string{"AWS_EXECUTION_ENV=AWS_Lambda_python3.13", "LAMBDA_RUNTIME_DIR=/runtime/python"}},
		{name: "a client is not used unless it is asked for", runtime: "nodejs22.x", engines: own, files: map[string]string{"node_modules/aws-lambda-ric/bin/index.mjs": ""},
			args:        []string{"/opt/node/bin/node", "/runtime/node/bootstrap.cjs"},
			environment: []string{"AWS_EXECUTION_ENV=AWS_Lambda_nodejs22.x", "LAMBDA_RUNTIME_DIR=/runtime/node", "NODE_PATH=/code/node_modules:/code"}},
		{name: "web: a script", runtime: "provided.al2023", env: map[string]string{"AWS_LWA_PORT": "8080"}, files: map[string]string{"bootstrap+": ""}, args: []string{"/code/bootstrap"}},
		{name: "web: executable", runtime: "web", handler: "run.sh", files: map[string]string{"run.sh+": ""}, args: []string{"/code/run.sh"}},
		{name: "web: the adapter's wrapper", runtime: "nodejs22.x", handler: "run.sh", engines: own, env: map[string]string{"AWS_LAMBDA_EXEC_WRAPPER": "/opt/bootstrap", "AWS_LWA_PORT": "7000"},
			files: map[string]string{"run.sh+": ""}, args: []string{"/code/run.sh"},
			environment: []string{"AWS_EXECUTION_ENV=AWS_Lambda_nodejs22.x", "LAMBDA_RUNTIME_DIR=/runtime/node", "NODE_PATH=/code/node_modules:/code"}},
		{name: "web: JavaScript", runtime: "web", handler: "src/server.mjs", engines: own, files: map[string]string{"src/server.mjs": ""}, args: []string{"/opt/node/bin/node", "/code/src/server.mjs"}},
		{name: "web: Python", runtime: "web", handler: "app.py", engines: own, files: map[string]string{"app.py": ""}, args: []string{"/opt/python/bin/python3.13", "/code/app.py"}},
		{name: "web: a command", runtime: "web", handler: "npm start --silent", args: []string{"/bin/sh", "-c", "npm start --silent"}},

		{name: "node with layers", runtime: "nodejs22.x", engines: own, layers: map[string]string{"x": ""},
			args:        []string{"/opt/node/bin/node", "/runtime/node/bootstrap.cjs"},
			environment: []string{"AWS_EXECUTION_ENV=AWS_Lambda_nodejs22.x", "LAMBDA_RUNTIME_DIR=/runtime/node", "NODE_PATH=/layers/nodejs/node22/node_modules:/layers/nodejs/node_modules:/code/node_modules:/code"}},
		{name: "node with layers at their places", runtime: "nodejs22.x", engines: own, layers: map[string]string{"x": ""}, literal: true,
			args:        []string{"/opt/node/bin/node", "/runtime/node/bootstrap.cjs"},
			environment: []string{"AWS_EXECUTION_ENV=AWS_Lambda_nodejs22.x", "LAMBDA_RUNTIME_DIR=/runtime/node", "NODE_PATH=/opt/nodejs/node22/node_modules:/opt/nodejs/node_modules:/var/task/node_modules:/var/task"}},
		{name: "python with layers", runtime: "python3.8", engines: own, layers: map[string]string{"x": ""}, env: map[string]string{"PYTHONPATH": "/mine"},
			args: []string{"/opt/python/bin/python3.13", "-u", "/runtime/python/bootstrap.py"},
			environment: []string{"AWS_EXECUTION_ENV=AWS_Lambda_python3.8", "LAMBDA_RUNTIME_DIR=/runtime/python",
				"PYTHONPATH=/layers/python/lib/python3.8/site-packages:/layers/python/lib/python3.13/site-packages:/layers/python:/mine"},
			note: "The runtime python3.8 runs on Python 3.13.2, the engine that is installed here."},
		{name: "wrapper in a layer", runtime: "python3.13", engines: own, layers: map[string]string{"wrap": ""}, env: map[string]string{"AWS_LAMBDA_EXEC_WRAPPER": "/opt/wrap"},
			args:        []string{"/bin/sh", "-c", `exec "$0" "$@"`, "/layers/wrap", "/opt/python/bin/python3.13", "-u", "/runtime/python/bootstrap.py"},
			environment: []string{"AWS_EXECUTION_ENV=AWS_Lambda_python3.13", "LAMBDA_RUNTIME_DIR=/runtime/python", "PYTHONPATH=/layers/python/lib/python3.13/site-packages:/layers/python"}},
		{name: "bootstrap in a layer", runtime: "provided.al2023", layers: map[string]string{"bootstrap+": ""}, literal: true, args: []string{"/opt/bootstrap"}},
		{name: "bootstrap in both", runtime: "provided.al2023", files: map[string]string{"bootstrap+": ""}, layers: map[string]string{"bootstrap+": ""}, literal: true, args: []string{"/var/task/bootstrap"}},
		{name: "bootstrap of the code that cannot run", runtime: "provided.al2023", files: map[string]string{"bootstrap": ""}, layers: map[string]string{"bootstrap+": ""}, args: []string{"/layers/bootstrap"}},
		{name: "web: Amazon's adapter", runtime: "nodejs22.x", handler: "run.sh", engines: own, env: map[string]string{"AWS_LAMBDA_EXEC_WRAPPER": "/opt/bootstrap", "AWS_LWA_PORT": "7000"}, literal: true,
			files: map[string]string{"run.sh+": ""}, layers: map[string]string{"extensions/lambda-adapter+": "", "bootstrap+": ""},
			args:        []string{"/bin/sh", "-c", `exec "$0" "$@"`, "/opt/bootstrap", "/opt/node/bin/node", "/runtime/node/bootstrap.cjs"},
			environment: []string{"AWS_EXECUTION_ENV=AWS_Lambda_nodejs22.x", "LAMBDA_RUNTIME_DIR=/runtime/node", "NODE_PATH=/opt/nodejs/node22/node_modules:/opt/nodejs/node_modules:/var/task/node_modules:/var/task"}},
		{name: "web: Amazon's adapter without a runtime of the service", runtime: "web", handler: "run.sh", literal: true, files: map[string]string{"run.sh+": ""},
			layers: map[string]string{"extensions/lambda-adapter+": ""}, args: []string{"/var/task/run.sh"}},

		{name: "unknown", runtime: "cobol", err: `"cobol" is no runtime`},
		{name: "ruby", runtime: "ruby3.4", err: "the runtime ruby3.4 is not supported yet: this gateway runs nodejs*, python3.*, java* and provided* functions, and web functions"},
		{name: "python 2", runtime: "python2.7", err: "the runtime python2.7 is not supported yet: this gateway runs nodejs*, python3.*, java* and provided* functions, and web functions"},
		{name: "no engine", runtime: "nodejs22.x", engines: runtimes.Engines{Node: filepath.Join(engines, "absent")}, err: "the runtime nodejs22.x needs Node.js, and " + engines + "/absent was not found. Install Node.js 18 or newer (https://nodejs.org, or the package nodejs) so that node is in PATH"},
		{name: "an engine that is too old", runtime: "nodejs22.x", engines: runtimes.Engines{Node: filepath.Join(engines, "old")}, err: "the runtime nodejs22.x needs Node.js, and /opt/old is Node.js 12.0.0. Install Node.js 18 or newer (https://nodejs.org, or the package nodejs) so that node is in PATH"},
		{name: "an engine that does not run", runtime: "python3.13", engines: runtimes.Engines{Python: filepath.Join(engines, "broken")}, err: "the runtime python3.13 needs Python, and " + engines + "/broken does not run: exit status 3: no good. Install Python 3.8 or newer (https://www.python.org, or the package python3) so that python3 is in PATH"},
		{name: "no engine at all", runtime: "python3.13", engines: runtimes.Engines{Python: filepath.Join(engines, "chatty")}, err: "the runtime python3.13 needs Python, and " + engines + `/chatty says "hello\n" of its version and place. Install Python 3.8 or newer (https://www.python.org, or the package python3) so that python3 is in PATH`},
		{name: "no bootstrap", runtime: "provided.al2", err: "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"},
		{name: "bootstrap that cannot run", runtime: "provided.al2", files: map[string]string{"bootstrap": ""}, err: "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"},
		{name: "another client", runtime: "nodejs22.x", engines: own, env: map[string]string{"GATEHOUSE_RUNTIME_CLIENT": "mine"}, err: `GATEHOUSE_RUNTIME_CLIENT is "mine": it can be official, or be left out`},
		{name: "no client", runtime: "nodejs22.x", engines: own, env: map[string]string{"GATEHOUSE_RUNTIME_CLIENT": "official"}, err: "GATEHOUSE_RUNTIME_CLIENT is official, and there is no aws-lambda-ric in the code: npm install aws-lambda-ric"},
		{name: "web: no command", runtime: "web", err: "a web function's handler is the command that starts its server, or a file of its code, and there is none"},
		{name: "web: no file", runtime: "web", handler: "absent-command", err: `the handler "absent-command" of a web function is neither a file of its code nor a command that is found`},
		{name: "web: no permission", runtime: "web", handler: "run.sh", files: map[string]string{"run.sh": ""}, err: `the handler "run.sh" of a web function is not executable: chmod +x it`},
		{name: "web: another wrapper", runtime: "web", handler: "run.sh", env: map[string]string{"AWS_LAMBDA_EXEC_WRAPPER": "/opt/other"}, err: `AWS_LAMBDA_EXEC_WRAPPER of a web function can be /opt/bootstrap only, and not "/opt/other"`},
		{name: "web: another mode", runtime: "web", handler: "run.sh", env: map[string]string{"AWS_LWA_INVOKE_MODE": "stream"}, err: `AWS_LWA_INVOKE_MODE is "stream": it must be buffered or response_stream`},
	} {
		t.Run(test.name, func(t *testing.T) {
			code := folder(t, test.files)
			spec := runtimes.Spec{Runtime: test.runtime, Handler: test.handler, Code: code, Environment: test.env, RuntimeDir: "/runtime", Engines: test.engines}
			if test.layers != nil {
				spec.Opt = folder(t, test.layers)
			}
			if test.literal {
				spec.TaskRoot, spec.OptRoot = "/var/task", "/opt"
			}
			launch, err := runtimes.Find(spec)
			if test.err != "" {
				var failure *runtimes.Error
				if !errors.As(err, &failure) || failure.Type != "Runtime.InvalidEntrypoint" || failure.Message != test.err {
					t.Errorf("got  %v\nwant %s", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, list := range [][]string{launch.Args, launch.Environment} {
				for i := range list {
					list[i] = strings.ReplaceAll(list[i], code, "/code")
					if spec.Opt != "" {
						list[i] = strings.ReplaceAll(list[i], spec.Opt, "/layers")
					}
				}
			}
			if !slices.Equal(launch.Args, test.args) || !slices.Equal(launch.Environment, test.environment) || launch.Note != test.note {
				t.Errorf("got  %q %q %q\nwant %q %q %q", launch.Args, launch.Environment, launch.Note, test.args, test.environment, test.note)
			}
			_, brought := test.layers["extensions/lambda-adapter+"]
			if web := (test.runtime == "web" || test.env["AWS_LWA_PORT"] != "") && !brought; web != (launch.Web != nil) || brought != launch.OwnAdapter {
				t.Errorf("web server: %v", launch.Web)
			}
		})
	}
}

func TestAnEngineThatChangedIsAskedAgain(t *testing.T) {
	dir := folder(t, map[string]string{"node+": "#!/bin/sh\necho 22.1.0; echo /opt/node\n"})
	spec := runtimes.Spec{Runtime: "nodejs22.x", Code: dir, Engines: runtimes.Engines{Node: filepath.Join(dir, "node")}}
	if launch, err := runtimes.Find(spec); err != nil || launch.Note != "" {
		t.Fatal(launch, err)
	}
	next := folder(t, map[string]string{"node+": "#!/bin/sh\necho 24.0.0; echo /opt/node24\n"})
	if err := os.Rename(filepath.Join(next, "node"), filepath.Join(dir, "node")); err != nil {
		t.Fatal(err)
	}
	if launch, err := runtimes.Find(spec); err != nil || launch.Args[0] != "/opt/node24" || launch.Note == "" {
		t.Fatal(launch, err)
	}
}

// Spec: functions A7, and recorded from the real service.
func TestAWrapperThatIsMissingExitsWith127(t *testing.T) {
	p := start(t, specOf(t, "nodejs22.x", "app.echo", "node", map[string]string{"AWS_LAMBDA_EXEC_WRAPPER": "/idontexist.sh"}))
	if got := p.exit(); got != "exit status 127" {
		t.Errorf("got %s", got)
	}
}

func TestAWrapperRunsTheEngine(t *testing.T) {
	code := folder(t, map[string]string{
		"wrap+":    "#!/bin/sh\nexport WRAPPED=yes\nexec \"$@\"\n",
		"index.js": "exports.handler = async () => process.env.WRAPPED",
		"app.py":   "import os\ndef handler(event, context): return os.environ['WRAPPED']",
	})
	for runtime, handler := range map[string]string{"nodejs22.x": "index.handler", "python3.13": "app.handler"} {
		p := start(t, specOf(t, runtime, handler, code, map[string]string{"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/wrap"}))
		if got := p.invoke(event{body: "{}"}).body; got != `"yes"` {
			t.Errorf("%s: got %s", runtime, got)
		}
	}
}

func TestIdentifiers(t *testing.T) {
	all := runtimes.Identifiers()
	for _, id := range all {
		if !runtimes.Known(id.Name) || !strings.HasPrefix(id.Name, id.Family) {
			t.Errorf("%+v", id)
		}
	}
	if runtimes.Known("web") || runtimes.Known("") || runtimes.Known("nodejs22") {
		t.Error("other names are known")
	}
	// Recorded from the real service: what no function can be created with any more.
	for _, name := range []string{"dotnetcore3.1", "go1.x", "java8", "nodejs12.x", "nodejs14.x", "provided", "python3.7", "ruby2.7"} {
		if !slices.ContainsFunc(all, func(id runtimes.Identifier) bool { return id.Name == name && id.Retired }) {
			t.Errorf("%s is not retired", name)
		}
	}
	// Recorded: what there is instead.
	for _, name := range strings.Fields("nodejs20.x python3.14 provided.al2023 python3.12 python3.13 nodejs24.x nodejs22.x java25 python3.10 python3.11 java21 ruby3.3 ruby3.4 ruby3.2 python3.8 python3.9 java17 nodejs16.x dotnet10 dotnet8 java11 dotnet6 nodejs18.x provided.al2 java8.al2") {
		if !slices.ContainsFunc(all, func(id runtimes.Identifier) bool { return id.Name == name && !id.Retired }) {
			t.Errorf("%s cannot be used", name)
		}
	}
}

func TestUnpackRepairsWhatIsThere(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "below", "runtimes")
	if err := runtimes.Unpack(dir); err != nil {
		t.Fatal(err)
	}
	main := filepath.Join(dir, "node", "bootstrap.cjs")
	want, err := os.ReadFile(main)
	if err != nil {
		t.Fatal(err)
	}
	before, _ := os.Stat(filepath.Join(dir, "node", "wire.cjs"))
	if err := os.WriteFile(main, want[:10], 0o600); err != nil {
		t.Fatal(err)
	}
	if err := runtimes.Unpack(dir); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(main); err != nil || string(got) != string(want) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if after, _ := os.Stat(filepath.Join(dir, "node", "wire.cjs")); !os.SameFile(before, after) {
		t.Error("a file that was right was written again")
	}
	if info, _ := os.Stat(dir); info.Mode().Perm() != 0o700 {
		t.Errorf("mode %v", info.Mode())
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*", ".unpack-*")); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}
