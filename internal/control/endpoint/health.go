package endpoint

const (
	healthPath = "/healthz"
	readyPath  = "/readyz"
)

// health answers the checks of whoever runs the server, unsigned: the process lives; the process serves.
func (e *Endpoint) health(c *call) bool {
	if c.sig.Method != "GET" && c.sig.Method != "HEAD" {
		return false
	}
	status, text := 200, "ok\n"
	switch c.sig.Path {
	case healthPath:
	case readyPath:
		if err := e.opts.Ready(); err != nil {
			status, text = 503, "not ready: "+err.Error()+"\n"
		}
	default:
		return false
	}
	res := c.begin(status)
	if status != 200 {
		res.Header.Add("x-amzn-ErrorType", "ServiceUnavailableException")
	}
	res.Header.Add("Content-Type", "text/plain; charset=utf-8")
	res.Header.Add("Cache-Control", "no-store")
	res.Body = []byte(text)
	return true
}
