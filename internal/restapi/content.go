package restapi

import (
	"encoding/base64"
	"errors"
	"unicode/utf8"

	"github.com/gatehouse-gateway/gatehouse/internal/integration/jsonscan"
)

// conversion is what contentHandling does to a payload on its way. Spec: rest-api 7.3, 10.3.
type conversion uint8

const (
	keep     conversion = iota // bytes unchanged
	toText                     // UTF-8 text, invalid sequences become U+FFFD
	toBase64                   // bytes become their base64 text
	toBytes                    // base64 text becomes bytes
)

var errNotBase64 = errors.New("the payload is not base64")

// apply converts a payload. It returns its argument where nothing changes.
func (c conversion) apply(payload []byte) ([]byte, error) {
	switch c {
	case toText:
		if utf8.Valid(payload) {
			return payload, nil
		}
		return jsonscan.AppendText(nil, payload), nil
	case toBase64:
		return base64.StdEncoding.AppendEncode(nil, payload), nil
	case toBytes:
		out, err := base64.StdEncoding.AppendDecode(nil, payload)
		if err != nil {
			return nil, errNotBase64
		}
		return out, nil
	}
	return payload, nil
}

// requestConversion is the table of rest-api 7.3.
func requestConversion(handling string, binary bool) conversion {
	switch {
	case handling == "CONVERT_TO_TEXT" && binary:
		return toBase64
	case handling == "CONVERT_TO_BINARY" && !binary:
		return toBytes
	case binary:
		return keep
	}
	return toText
}

// responseConversion is the table of rest-api 10.3: payload and accept say what is binary.
func responseConversion(handling string, payload, accept bool) conversion {
	switch handling {
	case "CONVERT_TO_TEXT":
		if payload {
			return toBase64
		}
		return toText
	case "CONVERT_TO_BINARY":
		if payload {
			return keep
		}
		return toBytes
	}
	switch {
	case payload && accept:
		return keep
	case payload:
		return toBase64
	case accept:
		return toBytes
	}
	return toText
}
