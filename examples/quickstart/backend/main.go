// Command backend is the small shop behind the quickstart API: a catalog and a place to leave orders.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"
)

// shop keeps its purchases in memory.
type shop struct {
	mu        sync.Mutex
	purchases []json.RawMessage
}

const (
	maxBody      = 1 << 20 // bytes of one order
	maxPurchases = 10_000  // a demonstration does not need more memory than this
)

func (s *shop) purchase(w http.ResponseWriter, req *http.Request) {
	var order struct {
		Customer string `json:"customer"`
		Lines    []struct {
			SKU   string `json:"sku"`
			Count int    `json:"count"`
		} `json:"lines"`
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, maxBody))
	if err != nil || json.Unmarshal(body, &order) != nil {
		http.Error(w, "not an order", http.StatusBadRequest)
		return
	}
	pieces := 0
	for _, l := range order.Lines {
		pieces += l.Count
	}
	number, ok := s.keep(body)
	if !ok {
		http.Error(w, "the books are full", http.StatusInsufficientStorage)
		return
	}
	w.Header().Set("Location", fmt.Sprintf("/orders/%d", number))
	answer(w, http.StatusCreated, map[string]any{
		"tenant":   req.Header.Get("X-Tenant"),
		"purchase": map[string]any{"number": number, "pieces": pieces},
	})
}

// keep stores a purchase and gives it a number.
func (s *shop) keep(body []byte) (number int, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.purchases) >= maxPurchases {
		return 0, false
	}
	s.purchases = append(s.purchases, body)
	return len(s.purchases), true
}

func (s *shop) show(w http.ResponseWriter, req *http.Request) {
	var number int
	if _, err := fmt.Sscanf(req.PathValue("number"), "%d", &number); err != nil {
		number = 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if number < 1 || number > len(s.purchases) {
		http.Error(w, "no such purchase", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(s.purchases[number-1])
}

// catalog tells what arrived, so that a reader sees what the gateway passes on.
func catalog(w http.ResponseWriter, req *http.Request) {
	answer(w, http.StatusOK, map[string]any{
		"product": strings.TrimPrefix(req.URL.Path, "/catalog/"), "method": req.Method, "query": req.URL.RawQuery,
		"agent": req.UserAgent(), "apiId": req.Header.Get("X-Amzn-Apigateway-Api-Id"),
	})
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client may be gone
}

// endWithParent ends the process when its standard input closes: Gatehouse holds the other end.
func endWithParent() {
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
}

func main() {
	go endWithParent()
	s := new(shop)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, "ok") })
	mux.HandleFunc("POST /v2/purchase", s.purchase)
	mux.HandleFunc("GET /v2/purchase/{number}", s.show)
	mux.HandleFunc("/catalog/", catalog)
	server := &http.Server{Addr: os.Getenv("SHOP_ADDR"), Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	log.SetFlags(0)
	log.Fatal(server.ListenAndServe())
}
