package management_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
)

// The size of the installation that BenchmarkScale measures.
const (
	scaleAPIs      = 1000
	scaleResources = 50               // of each API, with two methods each
	scaleWorkers   = 10               // calls at once, as Terraform makes them
	scaleTime      = 90 * time.Second // for all of it: a run needs a third
)

// scaleDocument is an OpenAPI document of 100 methods, the n-th of its kind.
func scaleDocument(n int) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, `{"openapi":"3.0.1","info":{"title":"api-%04d","version":"1"},"paths":{`, n)
	for r := range scaleResources {
		if r > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"/orders%d/{id}":{`, r)
		for i, verb := range []string{"get", "post"} {
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, `%q:{"parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}}],"responses":{"200":{"description":"ok"}},`+
				`"x-amazon-apigateway-integration":{"type":"mock","requestTemplates":{"application/json":"{\"statusCode\": 200}"},`+
				`"responses":{"default":{"statusCode":"200","responseTemplates":{"application/json":"{\"api\": %d, \"order\": \"$input.params('id')\"}"}}}}}`, verb, n)
		}
		b.WriteByte('}')
	}
	b.WriteString("}}")
	return []byte(b.String())
}

// BenchmarkScale imports and deploys 1,000 APIs of 100 methods, then starts the server again on what it kept, and reports how
// long it takes to serve, how much memory it has then, and how long lists take. It is one run, whatever b.N is.
func BenchmarkScale(b *testing.B) {
	ctx, cancel := context.WithTimeout(b.Context(), scaleTime)
	defer cancel()
	binary, data := filepath.Join(b.TempDir(), "gatehouse"), filepath.Join(b.TempDir(), "data")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", binary, "../../cmd/gatehouse").CombinedOutput(); err != nil {
		b.Fatalf("building the binary: %v\n%s", err, out)
	}
	var ids []string
	var start time.Time
	served(b, binary, data, func(p *process) {
		var err error
		start = time.Now()
		if ids, err = importAll(ctx, clientOf(p)); err != nil {
			b.Error(err)
		}
		b.ReportMetric(time.Since(start).Seconds(), "s/fill")
		b.ReportMetric(residentMiB(b, p), "MiB-filled")
	})
	if b.Failed() {
		return
	}
	start = time.Now()
	served(b, binary, data, func(p *process) {
		for _, id := range []string{ids[0], ids[len(ids)-1]} {
			callLast(b, ctx, p, id)
		}
		b.ReportMetric(time.Since(start).Seconds(), "s/start")
		b.ReportMetric(residentMiB(b, p), "MiB-started")
		measureLists(b, ctx, clientOf(p), ids)
	})
	b.ReportMetric(0, "ns/op") // of no meaning here
}

// served runs do with a server on data that ends afterwards, however do ends.
func served(b *testing.B, binary, data string, do func(*process)) {
	b.Helper()
	p, err := startServer(binary, "--data-dir", data)
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := p.stop(); err != nil {
			b.Error(err)
		}
	}()
	do(p)
}

// callLast calls a method of the last resource of an API.
func callLast(b *testing.B, ctx context.Context, p *process, id string) {
	b.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("%s/restapis/%s/prod/_user_request_/orders%d/7", p.apis, id, scaleResources-1), nil)
	if err != nil {
		b.Fatal(err)
	}
	res, err := p.client.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		b.Fatalf("API %s: got %d", id, res.StatusCode)
	}
}

// importAll fills a server, and returns the identifiers of the APIs.
func importAll(ctx context.Context, c *apigateway.Client) ([]string, error) {
	ids, failed := make([]string, scaleAPIs), make([]error, scaleWorkers)
	var all sync.WaitGroup
	for w := range scaleWorkers {
		all.Go(func() {
			for n := w; n < scaleAPIs && failed[w] == nil; n += scaleWorkers {
				api, err := c.ImportRestApi(ctx, &apigateway.ImportRestApiInput{Body: scaleDocument(n)})
				if err == nil {
					ids[n] = *api.Id
					_, err = c.CreateDeployment(ctx, &apigateway.CreateDeploymentInput{RestApiId: api.Id, StageName: aws.String("prod")})
				}
				failed[w] = err
			}
		})
	}
	all.Wait()
	return ids, errors.Join(failed...)
}

// measureLists reports how long pages of APIs and of resources take, and checks that nothing is missing in them. The first page
// of APIs after a start reads every document; those after it do not, and their figure is a median.
func measureLists(b *testing.B, ctx context.Context, c *apigateway.Client, ids []string) {
	b.Helper()
	var apis, resources []time.Duration
	for range 10 {
		found := 0
		pages := apigateway.NewGetRestApisPaginator(c, &apigateway.GetRestApisInput{Limit: aws.Int32(500)})
		for pages.HasMorePages() {
			start := time.Now()
			page, err := pages.NextPage(ctx)
			if err != nil {
				b.Fatal(err)
			}
			apis = append(apis, time.Since(start))
			found += len(page.Items)
		}
		if found != scaleAPIs {
			b.Fatalf("got %d APIs, want %d", found, scaleAPIs)
		}
	}
	for _, id := range ids[:100] {
		start := time.Now()
		page, err := c.GetResources(ctx, &apigateway.GetResourcesInput{RestApiId: &id, Limit: aws.Int32(500), Embed: []string{"methods"}})
		if err != nil {
			b.Fatal(err)
		}
		resources = append(resources, time.Since(start))
		if want := 1 + 2*scaleResources; len(page.Items) != want {
			b.Fatalf("got %d resources, want %d", len(page.Items), want)
		}
	}
	b.ReportMetric(apis[0].Seconds()*1000, "ms/first-500-APIs")
	b.ReportMetric(median(apis[1:]), "ms/500-APIs")
	b.ReportMetric(median(resources), "ms/101-resources")
}

// median is in milliseconds.
func median(took []time.Duration) float64 {
	slices.Sort(took)
	return took[len(took)/2].Seconds() * 1000
}

// residentMiB is the memory that a process has, as Linux counts it.
func residentMiB(b *testing.B, p *process) float64 {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		b.Skipf("memory is read as Linux tells it: %v", err)
	}
	_, rest, ok := strings.Cut(string(status), "VmRSS:")
	kib, err := strconv.ParseFloat(strings.Fields(cmp.Or(rest, "?"))[0], 64)
	if !ok || err != nil {
		b.Fatalf("no VmRSS in %s", status)
	}
	return kib / 1024
}
