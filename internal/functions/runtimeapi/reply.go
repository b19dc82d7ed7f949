package runtimeapi

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/gatehouse-gateway/gatehouse/http1"
)

// rejection is an answer that says no. Spec: functions A2.4.
type rejection struct {
	status  int
	kind    string // errorType
	message string
}

var (
	invalidID     = rejection{400, "InvalidRequestID", "Invalid request ID"}
	badMode       = rejection{400, "InvalidFunctionResponseMode", "Invalid function response mode"}
	truncated     = rejection{400, "TruncatedHTTPRequest", "HTTP request detected as truncated"}
	internalError = rejection{500, "InternalServerError", "Internal Server Error"}
	notFound      = rejection{404, "NotFound", "There is no such path in the Runtime API"}
	notARuntime   = rejection{403, "AccessDenied", "The Runtime API is for the runtime that was started with it"}
	badMethod     = rejection{405, "MethodNotAllowed", "This method is not for this path"}
	noTelemetry   = rejection{202, "Telemetry.NotSupported", "Telemetry API is not supported"}
)

func notAllowed(from, to State) rejection {
	return rejection{403, "InvalidStateTransition",
		fmt.Sprintf("State transition from %s to %s failed for runtime. Error: State transition is not allowed", from, to)}
}

func tooLarge(limit int64) rejection {
	return rejection{413, "RequestEntityTooLarge", fmt.Sprintf("Exceeded maximum allowed payload size (%d bytes).", limit)}
}

// reject skips the body of a request and refuses it.
func (c *conn) reject(r rejection) {
	if c.skipBody() {
		c.refuse(r)
	}
}

// refuse answers a request whose body was read.
func (c *conn) refuse(r rejection) {
	body, err := json.Marshal(struct {
		ErrorMessage string `json:"errorMessage"`
		ErrorType    string `json:"errorType"`
	}{r.message, r.kind})
	if err != nil {
		return // it consists of strings
	}
	c.answer(r.status, "application/json", string(body))
}

const acceptedReply = "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{\"status\":\"OK\"}"

// acceptedBytes is acceptedReply, for writing alone.
var acceptedBytes = []byte(acceptedReply)

// accepted says that all is well: at once, or, to a runtime that has sent its next request already, with the answer to that
// one. It spares both sides a system call.
func (c *conn) accepted() {
	switch {
	case c.last:
		c.answer(202, "application/json", `{"status":"OK"}`)
	case c.reader.Buffered() > 0:
		c.owed = true
	default:
		c.write(acceptedBytes)
	}
}

// answer answers a request, with further fields: a name, a value. It reports whether it could be written.
func (c *conn) answer(status int, contentType, body string, fields ...string) bool {
	b := make([]byte, 0, 512)
	b, err := http1.AppendStatus(b, status)
	if err != nil {
		return false // all of them are known
	}
	for i := 0; i+1 < len(fields); i += 2 {
		b = append(b, fields[i]+": "+fields[i+1]+"\r\n"...)
	}
	b = append(b, "Content-Type: "+contentType+"\r\nContent-Length: "+strconv.Itoa(len(body))+"\r\n"...)
	if c.last {
		b = append(b, "Connection: close\r\n"...)
	}
	b = append(b, "\r\n"...)
	return c.write(append(b, body...))
}

// proceed asks for a body that a client has announced.
func (c *conn) proceed() bool { return c.write([]byte("HTTP/1.1 100 Continue\r\n\r\n")) }

// write writes b, after what is owed.
func (c *conn) write(b []byte) bool {
	if c.owed {
		c.owed = false
		b = append([]byte(acceptedReply), b...)
	}
	if _, err := c.net.Write(b); err != nil {
		c.last = true
		return false
	}
	return true
}
