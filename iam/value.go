package iam

import (
	"encoding/base64"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

type valueKind uint8

const (
	valueString valueKind = iota
	valueInt
	valueBool
	valueTime
	valueIP
	valueBytes
)

// A Value is one value of a condition key. It keeps the type it was made of, so that an address or a time need not be
// written as text and read again; every operator accepts every kind and converts where it must.
type Value struct {
	kind valueKind
	str  string // valueString, valueBytes
	num  int64  // valueInt; valueBool: 0 or 1
	time time.Time
	addr netip.Addr
}

// String is a value that is text, as it came. Numbers, dates and addresses in text form are read when an operator asks.
func String(s string) Value { return Value{str: s} }

// Int is a whole number. Date operators take it as seconds since 1970.
func Int(n int64) Value { return Value{kind: valueInt, num: n} }

// Time is a point in time. Numeric operators take it as seconds since 1970.
func Time(t time.Time) Value { return Value{kind: valueTime, time: t} }

// IP is an address; its zone is dropped and an IPv4 address inside IPv6 becomes plain IPv4.
func IP(a netip.Addr) Value { return Value{kind: valueIP, addr: plainAddr(a)} }

// Bytes is binary data. String operators see it in base64.
func Bytes(b []byte) Value { return Value{kind: valueBytes, str: string(b)} }

// Bool is true or false.
func Bool(b bool) Value {
	v := Value{kind: valueBool}
	if b {
		v.num = 1
	}
	return v
}

// text is what string operators and variables see.
func (v *Value) text() string {
	switch v.kind {
	case valueInt:
		return strconv.FormatInt(v.num, 10)
	case valueBool:
		return strconv.FormatBool(v.num != 0)
	case valueTime:
		return v.time.UTC().Format(time.RFC3339)
	case valueIP:
		return v.addr.String()
	case valueBytes:
		return base64.StdEncoding.EncodeToString([]byte(v.str))
	default:
		return v.str
	}
}

func (v *Value) number() (number, bool) {
	switch v.kind {
	case valueInt:
		return wholeNumber(v.num), true
	case valueTime:
		return wholeNumber(v.time.Unix()), true
	case valueString:
		return parseNumber(v.str)
	default:
		return number{}, false
	}
}

func (v *Value) date() (time.Time, bool) {
	switch v.kind {
	case valueInt:
		return time.Unix(v.num, 0), true
	case valueTime:
		return v.time, true
	case valueString:
		return parseDate(v.str)
	default:
		return time.Time{}, false
	}
}

func (v *Value) address() (netip.Addr, bool) {
	switch v.kind {
	case valueIP:
		return v.addr, v.addr.IsValid()
	case valueString:
		a, err := netip.ParseAddr(v.str)
		return plainAddr(a), err == nil
	default:
		return netip.Addr{}, false
	}
}

// boolean gives 0 or 1, and whether the value is one of them.
func (v *Value) boolean() (bool, bool) {
	if v.kind == valueBool {
		return v.num != 0, true
	}
	if v.kind != valueString {
		return false, false
	}
	return parseBool(v.str)
}

func plainAddr(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }

func parseBool(s string) (value, ok bool) {
	switch {
	case strings.EqualFold(s, "true"):
		return true, true
	case strings.EqualFold(s, "false"):
		return false, true
	}
	return false, false
}

// parsePrefix reads a CIDR block or a bare address, which is a block of one. Bits behind the prefix do not count.
func parsePrefix(s string) (netip.Prefix, bool) {
	if !strings.Contains(s, "/") {
		a, err := netip.ParseAddr(s)
		if err != nil || a.Zone() != "" {
			return netip.Prefix{}, false
		}
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()), true
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return netip.Prefix{}, false
	}
	const mapped = 96 // ::ffff:0:0/96 holds IPv4, and requests come as plain IPv4
	if p.Addr().Is4In6() && p.Bits() >= mapped {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-mapped)
	}
	return p.Masked(), true
}

// dateLayouts are the W3C profile of ISO 8601. Fractions of a second are accepted by time.Parse without being named.
var dateLayouts = [...]string{
	"2006-01-02T15:04:05Z07:00",
	"2006-01-02T15:04Z07:00",
	"2006-01-02",
	"2006-01",
	"2006",
}

// parseDate reads a date of the W3C profile, or seconds since 1970. Four digits are a year. A time of day needs a zone.
func parseDate(s string) (time.Time, bool) {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && len(s) != len("2006") && s[0] != '+' {
		return time.Unix(n, 0), true
	}
	for _, layout := range dateLayouts {
		// Only the first layout can be longer than itself, by its fraction, so most tries end here without an error value.
		if len(s) < len(layout)-len("07:00") {
			continue
		}
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
