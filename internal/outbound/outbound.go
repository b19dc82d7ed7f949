// Package outbound makes the connections that leave Gatehouse: bounded in number, time and size, and where an author of functions
// chose the address, closed to addresses that an author should not reach.
package outbound

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

// Bounds of connections.
const (
	dialTime      = 5 * time.Second
	handshakeTime = 5 * time.Second
	idleTime      = 90 * time.Second
	maxHead       = 64 << 10 // bytes
	idleHosts     = 4        // hosts whose idle connections may be kept in full
)

// ErrMetadata means that an address is not called: metadata services, which hand out credentials of the machine, have such ones.
var ErrMetadata = errors.New("link-local addresses, which those of metadata services are, are not called")

// ToOperator returns a transport to addresses that the operator chose, and through a proxy if the environment names one. It keeps
// so many idle connections to a host.
func ToOperator(idlePerHost int) *http.Transport {
	t := transport(&net.Dialer{Timeout: dialTime}, idlePerHost)
	t.Proxy = http.ProxyFromEnvironment
	return t
}

// ToAuthor returns a transport to addresses that authors chose. It looks at each address after resolution: connecting to one of a
// metadata service is an ErrMetadata. It uses no proxy, which would resolve names itself.
func ToAuthor(idlePerHost int) *http.Transport {
	return transport(&net.Dialer{Timeout: dialTime, Control: refuseMetadata}, idlePerHost)
}

func transport(dialer *net.Dialer, idlePerHost int) *http.Transport {
	return &http.Transport{
		DialContext: dialer.DialContext, TLSHandshakeTimeout: handshakeTime, IdleConnTimeout: idleTime, MaxIdleConnsPerHost: idlePerHost,
		MaxIdleConns: idleHosts * idlePerHost, MaxResponseHeaderBytes: maxHead, DisableCompression: true, ForceAttemptHTTP2: true,
	}
}

// metadataIPv6 is Amazon's address of its metadata service that is not link-local.
var metadataIPv6 = netip.MustParseAddr("fd00:ec2::254")

func refuseMetadata(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("address %q: %w", address, err)
	}
	if ip := at.Addr().Unmap().WithZone(""); ip.IsLinkLocalUnicast() || ip.IsLinkLocalMulticast() || ip == metadataIPv6 {
		return ErrMetadata
	}
	return nil
}
