package web

import (
	"bytes"
	"strconv"

	"github.com/gatehouse-gateway/gatehouse/jsontree"
)

// appendContext appends the value of x-amzn-lambda-context, in the order of the real adapter.
func appendContext(dst []byte, f Function, call Call) []byte {
	dst = appendMember(dst, `{"request_id":`, call.RequestID)
	dst = append(dst, `,"deadline":`...)
	dst = strconv.AppendInt(dst, call.Deadline.UnixMilli(), 10)
	dst = appendMember(dst, `,"invoked_function_arn":`, call.InvokedARN)
	dst = appendOptional(dst, `,"xray_trace_id":`, call.TraceID)
	dst = append(dst, `,"client_context":`...)
	dst = append(dst, clientContext(call.ClientContext)...)
	dst = append(dst, `,"identity":null`...)
	dst = appendOptional(dst, `,"tenant_id":`, call.TenantID)
	dst = appendMember(dst, `,"env_config":{"function_name":`, f.Name)
	dst = append(dst, `,"memory":`...)
	dst = strconv.AppendInt(dst, int64(f.MemorySize), 10)
	dst = appendMember(dst, `,"version":`, f.Version)
	dst = appendMember(dst, `,"log_stream":`, f.LogStream)
	dst = appendMember(dst, `,"log_group":`, f.LogGroup)
	return append(dst, "}}"...)
}

func appendMember(dst []byte, name, value string) []byte {
	return jsontree.AppendString(append(dst, name...), value)
}

func appendOptional(dst []byte, name, value string) []byte {
	if value == "" {
		return append(append(dst, name...), "null"...)
	}
	return appendMember(dst, name, value)
}

// clientContext is compact JSON: a header is one line.
func clientContext(raw []byte) []byte {
	tree, err := jsontree.Parse(raw, jsontree.Limits{})
	if err != nil {
		return []byte("null")
	}
	return jsontree.Append(nil, tree)
}

// headerJSON is compact JSON as a header value, in which the character DEL, unlike in JSON, cannot be.
func headerJSON(text []byte) string {
	return string(bytes.ReplaceAll(text, []byte("\x7f"), []byte(`\u007f`)))
}
