package app

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gatehouse-gateway/gatehouse/iam"
	"github.com/gatehouse-gateway/gatehouse/internal/asyncinvoke"
	"github.com/gatehouse-gateway/gatehouse/internal/awsclient"
	"github.com/gatehouse-gateway/gatehouse/internal/config"
	"github.com/gatehouse-gateway/gatehouse/internal/engine/memory"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/host"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/remote"
	"github.com/gatehouse-gateway/gatehouse/internal/functionurl"
	"github.com/gatehouse-gateway/gatehouse/internal/limits"
	"github.com/gatehouse-gateway/gatehouse/sigv4"
)

// functionsGrace is how long invocations may go on that nobody waits for any more.
const functionsGrace = time.Second

// buildTimeout is how long the build command of a function may take.
const buildTimeout = 5 * time.Minute

// projectFunctions are the functions of a project's configuration, run on this machine.
type projectFunctions struct {
	dir       string // of the host, gone at the end
	host      *host.Host
	runners   runners
	directory *functions.Directory
	urls      *functionurl.Table // nil: nobody serves them
	queue     *asyncinvoke.Queue // in memory: its events end with the process
	out       io.Writer
	watcher   *codeWatcher
	watch     chan []string // the folders to watch from now on

	mu    sync.Mutex // of those who change what follows
	known map[string]*projectFunction
}

// projectFunction is one of them as it runs.
type projectFunction struct {
	config config.Function
	folder string
	layers []string // folders and zip files
	opt    []string // the folders that were made of them: the one in use, and the one before, which may be in use still
	print  string   // the fingerprint of the folder, after building, and of the layers
}

// sources are the places whose changes are changes of the function.
func (f *projectFunction) sources() []string {
	if f.folder == "" { // it lives elsewhere
		return nil
	}
	return append([]string{f.folder}, f.layers...)
}

// startProjectFunctions makes a function plane without functions. Logs of functions go to out. Close it.
func startProjectFunctions(out io.Writer) (*projectFunctions, error) {
	p := &projectFunctions{out: out, known: make(map[string]*projectFunction), watch: make(chan []string, 1)}
	var err error
	if p.dir, err = os.MkdirTemp("", "gatehouse-functions-"); err != nil {
		return nil, fmt.Errorf("functions: %w", err)
	}
	if p.watcher, err = newCodeWatcher(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(p.dir))
	}
	// Their own functions may use what developers have at home: tools, caches, files beside the code.
	p.host, err = host.New(host.Options{
		Dir: p.dir, Limits: limits.Laptop(), Logs: p, Credentials: developersCredentials(), Isolation: host.IsolationProcess,
		JavaClient: os.Getenv(javaClientVariable),
	})
	if err != nil {
		return nil, errors.Join(err, p.watcher.close(), os.RemoveAll(p.dir))
	}
	client, err := developersLambda()
	if err != nil {
		return nil, errors.Join(err, p.watcher.close(), os.RemoveAll(p.dir))
	}
	log := slog.New(slog.NewTextHandler(out, nil))
	p.runners = runners{p.host, remote.New(remote.Options{Lambda: client, MaxAnswer: limits.Laptop().FunctionResponse, Log: log}), client}
	p.queue = asyncinvoke.New(asyncinvoke.Options{
		Docs: memory.New(memory.Options{}).Docs(), Limits: limits.Laptop(), Log: log,
		Invoke: func(ctx context.Context, c *functions.Call, res *functions.Result) error {
			return p.directory.Invoke(ctx, c, res)
		},
		Settings: func(_ context.Context, ref functions.Ref) (functions.Asynchronous, error) {
			return p.directory.Asynchronous(ref)
		},
	})
	p.directory = functions.NewDirectory(functions.DirectoryOptions{Open: p.runners.open, Provision: p.runners.provision, Queue: p.queue})
	return p, nil
}

// developersCredentials are those in the environment, if there are any: functions call what the developer may call.
func developersCredentials() func(*functions.Function) host.Credentials {
	all := host.Credentials{
		AccessKeyID: os.Getenv("AWS_ACCESS_KEY_ID"), SecretAccessKey: os.Getenv("AWS_SECRET_ACCESS_KEY"), SessionToken: os.Getenv("AWS_SESSION_TOKEN"),
	}
	if all.AccessKeyID == "" || all.SecretAccessKey == "" {
		return nil
	}
	return func(*functions.Function) host.Credentials { return all }
}

// developersLambda calls the Lambda API that the developer's environment names, with the credentials there; nil without credentials.
func developersLambda() (*awsclient.Client, error) {
	id, secret := os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY")
	if id == "" || secret == "" {
		return nil, nil
	}
	credential := sigv4.Credential{AccessKeyID: id, Secret: sigv4.NewSecret(secret), SessionToken: sigv4.NewSecret(os.Getenv("AWS_SESSION_TOKEN"))}
	endpoint := cmp.Or(os.Getenv("AWS_ENDPOINT_URL_LAMBDA"), os.Getenv("AWS_ENDPOINT_URL"), "aws")
	return awsclient.New(awsclient.Options{
		Endpoints: map[string]string{awsclient.Lambda: endpoint}, Credential: credential, Region: cmp.Or(os.Getenv("AWS_REGION"), devRegion),
	})
}

// run reaps what is idle and reloads what changes until ctx ends.
func (p *projectFunctions) run(ctx context.Context) error {
	group, stop := newGroup(ctx)
	defer stop()
	group.run(p.host.Run)
	group.run(p.queue.Run)
	group.run(func(ctx context.Context) error {
		return p.watcher.run(ctx, p.watch, func(roots map[string]bool) { p.changed(ctx, roots) })
	})
	return group.wait()
}

// close ends all processes.
func (p *projectFunctions) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), functionsGrace)
	defer cancel()
	p.runners.remotes.Close()
	return errors.Join(p.host.Close(ctx), p.watcher.close(), os.RemoveAll(p.dir))
}

// anyCaller is the policy of every function of a project: its APIs may invoke it, and everybody its URL.
var anyCaller = func() *iam.Policy {
	p, err := iam.Parse([]byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"apigateway.amazonaws.com"},`+
		`"Action":"lambda:InvokeFunction","Resource":"*"},`+
		`{"Effect":"Allow","Principal":"*","Action":"lambda:InvokeFunctionUrl","Resource":"*"}]}`), iam.Options{Kind: iam.Resource})
	if err != nil {
		panic(err) // a constant
	}
	return p
}()

// use makes the functions of a project the ones that run: what changed is built and begins anew, what is gone is forgotten. It
// returns the first error of each function; the others are used.
func (p *projectFunctions) use(ctx context.Context, list []config.Function, root string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var failed []error
	listed := make(map[string]bool, len(list))
	for _, c := range list {
		listed[c.Name] = true
		folder := ""
		if c.Remote == "" {
			folder = clean(filepath.Join(root, c.Path))
		}
		layers := make([]string, len(c.Layers))
		for i, name := range c.Layers {
			if layers[i] = name; !filepath.IsAbs(name) {
				layers[i] = clean(filepath.Join(root, name))
			}
		}
		if old := p.known[c.Name]; old != nil && old.folder == folder && slices.Equal(old.layers, layers) && reflect.DeepEqual(old.config, c) {
			continue
		}
		if err := p.put(ctx, &projectFunction{config: c, folder: folder, layers: layers}); err != nil {
			failed = append(failed, fmt.Errorf("function %s: %w", c.Name, err))
		}
	}
	for name := range p.known {
		if !listed[name] {
			delete(p.known, name)
			if p.urls != nil {
				p.urls.Remove(projectRef(name))
			}
			p.directory.Remove(projectRef(name))
		}
	}
	p.watchFolders()
	return errors.Join(failed...)
}

// watchFolders tells the watcher what there is now; a list that it has not taken yet is out of date.
func (p *projectFunctions) watchFolders() {
	var all []string
	for _, f := range p.known {
		all = append(all, f.sources()...)
	}
	select {
	case <-p.watch:
	default:
	}
	p.watch <- all
}

// has reports whether there is a function of this name.
func (p *projectFunctions) has(name string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.known[name] != nil
}

// changed looks again at the functions whose code is in these folders, and says what it did.
func (p *projectFunctions) changed(ctx context.Context, folders map[string]bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range p.known {
		if !slices.ContainsFunc(f.sources(), func(source string) bool { return folders[source] }) {
			continue
		}
		start := time.Now()
		if now, err := f.fingerprint(); err == nil && now == f.print {
			continue // what a build wrote, for one
		}
		if err := p.put(ctx, f); err != nil {
			fmt.Fprintf(p.out, "function %s not reloaded, the last good version still serves:\n%s\n", f.config.Name, indent(err))
			continue
		}
		fmt.Fprintf(p.out, "function %s reloaded in %d ms\n", f.config.Name, time.Since(start).Milliseconds())
	}
}

// put builds a function and makes it the one that calls find.
func (p *projectFunctions) put(ctx context.Context, f *projectFunction) error {
	c := f.config
	ref := projectRef(c.Name)
	version := &functions.Function{
		Ref: ref, Version: functions.Latest, Runtime: c.Runtime, Handler: c.Handler, Code: f.folder, Environment: c.Variables(),
		Timeout: time.Duration(c.Timeout) * time.Second, MemorySize: c.Memory,
	}
	target, err := p.runners.target(version)
	switch {
	case err != nil:
		return err
	case target == nil:
		if err := p.prepare(ctx, f, version); err != nil {
			return err
		}
	}
	p.known[c.Name] = f
	entry := &functions.Entry{
		Ref: ref, AnyQualifier: true,
		Versions: map[string]functions.Version{functions.Latest: {Function: version, Revision: f.revision()}},
		Policies: map[string]*iam.Policy{"": anyCaller}, URLs: f.urls(),
	}
	p.directory.Put(entry)
	if p.urls != nil {
		p.urls.Put(entry)
	}
	return nil
}

// prepare builds a function that runs here.
func (p *projectFunctions) prepare(ctx context.Context, f *projectFunction, version *functions.Function) error {
	info, err := os.Stat(f.folder)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is no folder", f.folder)
	}
	if err != nil {
		return err
	}
	if err := f.build(ctx, p.out); err != nil {
		return err
	}
	if f.print, err = f.fingerprint(); err != nil {
		return err
	}
	opt, err := layersOf(ctx, p.dir, f.config.Name+"-"+f.print, f.layers)
	if err != nil {
		return err
	}
	version.Opt = opt
	if err := p.host.Check(version); err != nil {
		return err
	}
	f.keep(opt, p.dir)
	return nil
}

// fingerprint tells whether the code and the layers are still what they were.
func (f *projectFunction) fingerprint() (string, error) {
	sum := sha256.New()
	for _, source := range f.sources() {
		text, err := fingerprint(source)
		if err != nil {
			return "", err
		}
		fmt.Fprintln(sum, text)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// keep remembers a folder of layers and removes those below dir that nobody uses any more.
func (f *projectFunction) keep(opt, dir string) {
	if slices.Contains(f.opt, opt) {
		return
	}
	f.opt = append(f.opt, opt)
	for len(f.opt) > 2 {
		if strings.HasPrefix(f.opt[0], dir+string(filepath.Separator)) {
			os.RemoveAll(f.opt[0]) //nolint:errcheck // what is left goes with the host's folder
		}
		f.opt = f.opt[1:]
	}
}

// revision is another one whenever the function's code or configuration is.
func (f *projectFunction) revision() string {
	return fmt.Sprintf("%s %q", f.print, fmt.Sprint(f.config))
}

// build runs the build command of a function, if it has one.
func (f *projectFunction) build(ctx context.Context, out io.Writer) error {
	if len(f.config.Build) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, buildTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, f.config.Build[0], f.config.Build[1:]...)
	cmd.Dir = f.folder
	lines := &prefixWriter{out: out, prefix: "[" + f.config.Name + "] "}
	cmd.Stdout, cmd.Stderr = lines, lines
	err := cmd.Run()
	lines.flush()
	if err != nil {
		return fmt.Errorf("%s: %w", strings.Join(f.config.Build, " "), err)
	}
	return nil
}

func projectRef(name string) functions.Ref {
	return functions.Ref{AccountID: devAccount, Region: devRegion, Name: name}
}

// Invoke runs a function of the project by its name: whatever account and region an ARN of the document has, it means the function
// that is here.
func (p *projectFunctions) Invoke(ctx context.Context, call *functions.Call, res *functions.Result) error {
	here := *call
	here.Ref.AccountID, here.Ref.Region = devAccount, devRegion
	return p.directory.Invoke(ctx, &here, res)
}

// FunctionLog prints a line of a function's log behind the function's name. Runtimes write texts of several lines as one, with
// carriage returns in between, which a terminal would print over each other.
func (p *projectFunctions) FunctionLog(f *functions.Function, _ string, line []byte) {
	prefix := "[" + f.Ref.Name + "] "
	fmt.Fprintf(p.out, "%s%s\n", prefix, strings.ReplaceAll(strings.TrimRight(string(line), "\r"), "\r", "\n"+prefix+"  "))
}
