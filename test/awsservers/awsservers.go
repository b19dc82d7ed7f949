// Package awsservers runs servers that speak the protocols of services of AWS, for tests: moto, which has many services, and ElasticMQ,
// a real queue server. test/install-tools installs them.
package awsservers

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/awsclient"
	"github.com/gatehouse-gateway/gatehouse/sigv4"
)

// AccountID is the account of every queue, topic and bus of the servers.
const AccountID = "000000000000"

// Credentials is an AWS credentials file with a key that the servers accept, as they accept any.
const Credentials = "[default]\naws_access_key_id = AKIDSERVERS\naws_secret_access_key = servers-secret\n"

// patience is how long a server may take to start.
const patience = 60 * time.Second

// Moto runs moto with empty queues, topics, buses and buckets until the test ends, and returns its address.
func Moto(t testing.TB) string { return during(t, StartMoto) }

// StartMoto is Moto for those who have no test: they stop it.
func StartMoto() (address string, stop func(), err error) {
	python, err := tool("moto", "bin", "python")
	if err != nil {
		return "", nil, err
	}
	cmd := exec.Command(python, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0")
	cmd.Env = append(os.Environ(), "MOTO_ACCOUNT_ID="+AccountID, "PYTHONUNBUFFERED=1")
	return start(cmd, `Running on (http://127\.0\.0\.1:\d+)`)
}

// ElasticMQ runs ElasticMQ without queues until the test ends, and returns its address.
func ElasticMQ(t testing.TB) string { return during(t, startElasticMQ) }

func startElasticMQ() (address string, stop func(), err error) {
	jar, err := tool("elasticmq", "elasticmq-server_2.13-1.6.11.jar")
	if err != nil {
		return "", nil, err
	}
	java, err := exec.LookPath("java")
	if err != nil {
		return "", nil, fmt.Errorf("%w: run test/install-tools", err)
	}
	cmd := exec.Command(java, "-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Drest-sqs.bind-port=0", "-Drest-sqs.bind-hostname=127.0.0.1", "-Drest-stats.enabled=false",
		"-Daws.region=us-east-1", "-Daws.accountId="+AccountID, "-cp", filepath.Join(filepath.Dir(jar), "*"), "org.elasticmq.server.Main")
	address, stop, err = start(cmd, `bind address (127\.0\.0\.1:\d+)`)
	return "http://" + address, stop, err
}

// tool is a file of a folder that test/install-tools fills.
func tool(path ...string) (string, error) {
	name, err := filepath.Abs(filepath.Join(append([]string{"..", "..", ".tools"}, path...)...))
	if err == nil {
		_, err = os.Stat(name)
	}
	if err != nil {
		return "", fmt.Errorf("%w: run test/install-tools", err)
	}
	return name, nil
}

func during(t testing.TB, start func() (string, func(), error)) string {
	t.Helper()
	address, stop, err := start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return address
}

// start starts a server and waits until it prints its address.
func start(cmd *exec.Cmd, pattern string) (address string, stop func(), err error) {
	out := &output{pattern: regexp.MustCompile(pattern), found: make(chan string, 1)}
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	stop = func() {
		_ = cmd.Process.Kill()
		<-ended
	}
	select {
	case address := <-out.found:
		return address, stop, nil
	case err := <-ended:
		return "", nil, fmt.Errorf("%s ended with %w:\n%s", cmd.Path, err, out)
	case <-time.After(patience):
		stop()
		return "", nil, fmt.Errorf("%s does not say where it is:\n%s", cmd.Path, out)
	}
}

// output looks for an address in what a server prints.
type output struct {
	pattern *regexp.Regexp
	found   chan string
	mu      sync.Mutex
	text    strings.Builder
	done    bool
}

// Write is for exec.Cmd.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.done {
		return len(p), nil
	}
	o.text.Write(p)
	if m := o.pattern.FindStringSubmatch(o.text.String()); m != nil {
		o.done = true
		o.found <- m[1]
	}
	return len(p), nil
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// Client calls the services of one server for a test.
type Client struct {
	*awsclient.Client
	t testing.TB
}

// NewClient returns a client of services at one address.
func NewClient(t testing.TB, address string, services ...string) *Client {
	t.Helper()
	endpoints := make(map[string]string)
	for _, s := range services {
		endpoints[s] = address
	}
	c, err := awsclient.New(awsclient.Options{Endpoints: endpoints, Region: "us-east-1", Credential: sigv4.Credential{AccessKeyID: "AKIDTEST", Secret: sigv4.NewSecret("secret")}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_ = c.Run(ctx)
	})
	return &Client{c, t}
}

// ARN names something of a service in a region.
func ARN(service, region, resource string) awsclient.ARN {
	return awsclient.ARN{Partition: "aws", Service: service, Region: region, AccountID: AccountID, Resource: resource}
}

// JSON calls an operation of a service with the JSON protocol, which has to succeed.
func (c *Client) JSON(service, region, target string, in map[string]any) map[string]any {
	c.t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		c.t.Fatal(err)
	}
	version := "1.0"
	if service == awsclient.Events {
		version = "1.1"
	}
	return c.must(awsclient.Call{
		Service: service, Region: region, Method: "POST", Body: body,
		Header: []sigv4.Field{{Name: "Content-Type", Value: "application/x-amz-json-" + version}, {Name: "X-Amz-Target", Value: target}},
	})
}

// Query calls an operation of a service with the query protocol, which has to succeed.
func (c *Client) Query(service, region, form string) {
	c.t.Helper()
	c.must(awsclient.Call{
		Service: service, Region: region, Method: "POST", Body: []byte(form), Header: []sigv4.Field{{Name: "Content-Type", Value: "application/x-www-form-urlencoded"}},
	})
}

// Put makes a bucket, or with a key an object.
func (c *Client) Put(path string, body []byte) {
	c.t.Helper()
	c.must(awsclient.Call{Service: awsclient.S3, Method: "PUT", Path: path, Body: body})
}

func (c *Client) must(call awsclient.Call) map[string]any {
	c.t.Helper()
	a, err := c.Do(context.Background(), call)
	if err == nil {
		err = a.Err(call.Service)
	}
	if err != nil {
		c.t.Fatal(err)
	}
	out := make(map[string]any)
	_ = json.Unmarshal(a.Body, &out) // XML stays unread
	return out
}

// CreateQueue makes a queue with attributes.
func (c *Client) CreateQueue(region, name string, attributes map[string]string) awsclient.ARN {
	c.t.Helper()
	in := map[string]any{"QueueName": name}
	if attributes != nil {
		in["Attributes"] = attributes
	}
	c.JSON(awsclient.SQS, region, "AmazonSQS.CreateQueue", in)
	return ARN(awsclient.SQS, region, name)
}

// Take waits for a message in a queue and takes it out.
func (c *Client) Take(queue awsclient.ARN) awsclient.Received {
	c.t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		got, err := c.ReceiveMessages(context.Background(), queue, awsclient.Poll{Max: 1, Wait: time.Second})
		if err != nil {
			c.t.Fatal(err)
		}
		if len(got) == 0 {
			continue
		}
		if err := c.DeleteMessages(context.Background(), queue, []string{got[0].ReceiptHandle}); err != nil {
			c.t.Fatal(err)
		}
		return got[0]
	}
	c.t.Fatalf("no message came to %s", queue)
	return awsclient.Received{}
}
