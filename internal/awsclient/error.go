package awsclient

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/outbound"
)

// Error means that a service answered that it will not do what it was asked for.
type Error struct {
	Service string
	Status  int
	Code    string // such as AccessDenied; "" when the answer does not say
	Message string
}

func (e *Error) Error() string {
	switch {
	case e.Code == "":
		return fmt.Sprintf("%s answered %d", e.Service, e.Status)
	case e.Message == "":
		return fmt.Sprintf("%s answered %d %s", e.Service, e.Status, e.Code)
	}
	return fmt.Sprintf("%s answered %d %s: %s", e.Service, e.Status, e.Code, e.Message)
}

// throttles are the codes of services that were asked too often for now.
var throttles = []string{
	"BandwidthLimitExceeded", "EC2ThrottledException", "LimitExceededException", "PriorRequestNotComplete", "ProvisionedThroughputExceededException",
	"RequestLimitExceeded", "RequestThrottled", "RequestThrottledException", "RequestTimeout", "RequestTimeoutException", "SlowDown", "ThrottledException",
	"Throttling", "ThrottlingException", "TooManyRequestsException", "TransactionInProgressException",
}

// passing reports whether another attempt may have more success.
func passing(a *Answer, err error) bool {
	switch {
	case err != nil:
		return !errors.Is(err, ErrAnswerTooLarge) && !errors.Is(err, ErrCall) && !errors.Is(err, outbound.ErrMetadata)
	case a.Status == http.StatusTooManyRequests || a.Status >= 500:
		return true
	case a.Status < 400:
		return false
	}
	code, _ := a.problem()
	return slices.Contains(throttles, code)
}

// Err is nil for a success, and else an *Error of the service that answered.
func (a *Answer) Err(service string) error {
	if a.Status/100 == 2 {
		return nil
	}
	code, message := a.problem()
	return &Error{service, a.Status, code, message}
}

// maxMessage bounds the message of an error, in bytes: what stands in a log comes from elsewhere.
const maxMessage = 512

// problem reads code and message of a refusal, in JSON or XML.
func (a *Answer) problem() (code, message string) {
	if len(a.Body) > 0 && a.Body[0] == '<' {
		code, message = xmlProblem(a.Body)
	} else {
		code, message = jsonProblem(a.Body)
	}
	if given := a.Header.Get("X-Amzn-Errortype"); given != "" {
		code = given
	}
	if query, _, ok := strings.Cut(a.Header.Get("X-Amzn-Query-Error"), ";"); ok {
		code = query
	}
	return bare(code), strings.ToValidUTF8(message[:min(len(message), maxMessage)], "")
}

// bare is a code without the namespace before it and the address behind it.
func bare(code string) string {
	code, _, _ = strings.Cut(code, ":")
	if _, name, ok := strings.Cut(code, "#"); ok {
		code = name
	}
	return code
}

func jsonProblem(body []byte) (code, message string) {
	var p struct {
		Type    string `json:"__type"`
		Code    string `json:"code"`
		Message string `json:"message"` // or Message: names match without regard to case
	}
	if json.Unmarshal(body, &p) != nil {
		return "", ""
	}
	if p.Type == "" {
		p.Type = p.Code
	}
	return p.Type, p.Message
}

// xmlProblem reads the forms of the query protocol (Error inside ErrorResponse) and of S3 (Error alone).
func xmlProblem(body []byte) (code, message string) {
	var p struct {
		Code    string `xml:"Code"`
		Message string `xml:"Message"`
		Inner   struct {
			Code    string `xml:"Code"`
			Message string `xml:"Message"`
		} `xml:"Error"`
	}
	if xml.Unmarshal(body, &p) != nil {
		return "", ""
	}
	if p.Code == "" {
		return p.Inner.Code, p.Inner.Message
	}
	return p.Code, p.Message
}
