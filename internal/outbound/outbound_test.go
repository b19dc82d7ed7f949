package outbound_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/outbound"
)

func get(t *testing.T, transport *http.Transport, address string) error {
	t.Helper()
	defer transport.CloseIdleConnections()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := transport.RoundTrip(req)
	if err == nil {
		res.Body.Close()
	}
	return err
}

func TestAuthorsDoNotReachMetadataServices(t *testing.T) {
	for _, address := range []string{
		"http://169.254.169.254/latest/meta-data/", "http://169.254.1.1:8080/", "http://[::ffff:169.254.169.254]/", "http://[fd00:ec2::254]/", "http://[fe80::1%25lo]/",
		"https://169.254.169.254/",
	} {
		if err := get(t, outbound.ToAuthor(1), address); !errors.Is(err, outbound.ErrMetadata) {
			t.Errorf("%s: got %v", address, err)
		}
	}
}

func TestOtherAddressesAreReached(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer s.Close()
	for name, transport := range map[string]*http.Transport{"author": outbound.ToAuthor(1), "operator": outbound.ToOperator(1)} {
		if err := get(t, transport, s.URL); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
