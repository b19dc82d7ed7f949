package main

import (
	"encoding/json"
	"fmt"
	"strings"
)

// orderBody is the body that the template maps: 20 lines of an order.
func orderBody() []byte {
	var items []string
	for i := range 20 {
		gift := ""
		if i%5 == 0 {
			gift = `,"gift":true`
		}
		items = append(items, fmt.Sprintf(`{"sku":"SKU-%05d","title":"Widget No. %d, \"large\"","quantity":%d,"price":%d.%02d%s}`, 10000+37*i, i+1, 1+i%4, 5+i, 10*(i%10)+5, gift))
	}
	return []byte(`{"id":"ord-2024-000042","customer":{"name":"Miles O'Brien","address":{"city":"Dublin","zip":"D02"}},` +
		`"express":true,"items":[` + strings.Join(items, ",") + `],"notes":"leave at the door; ring twice"}`)
}

// contextVars are the values of $context.
const contextVars = `{"requestId":"c6af9ac6-7b61-11e6-9a41-93e8deadbeef","stage":"prod","identity":{"sourceIp":"192.0.2.1","userAgent":"curl/8.5.0"}}`

// contextSource gives them to our engine as the pipeline does: by dotted names.
type contextSource struct{}

func (contextSource) Var(name string) (string, bool) {
	switch name {
	case "requestId":
		return "c6af9ac6-7b61-11e6-9a41-93e8deadbeef", true
	case "stage":
		return "prod", true
	case "identity.sourceIp":
		return "192.0.2.1", true
	case "identity.userAgent":
		return "curl/8.5.0", true
	}
	return "", false
}

func (contextSource) Members(prefix string) []string {
	switch prefix {
	case "":
		return []string{"requestId", "stage", "identity"}
	case "identity":
		return []string{"sourceIp", "userAgent"}
	}
	return nil
}

// result is what a runner prints.
type result struct {
	Microseconds float64 `json:"us"` // CPU of one render
	Output       string  `json:"output"`
}

func parseResult(line []byte) (r result, err error) {
	err = json.Unmarshal(line, &r)
	return r, err
}
