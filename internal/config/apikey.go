package config

import (
	"fmt"
	"os"
	"strings"
)

// APIKey is a key that gatehouse dev lets clients use, with what its usage plan would say. Spec: traffic 1, 2.
type APIKey struct {
	Name string `yaml:"name"`
	// Value is what clients send, ValueFrom the environment variable that holds it. One of them is there.
	Value     string `yaml:"value"`
	ValueFrom string `yaml:"valueFrom"`
	Enabled   *bool  `yaml:"enabled"` // nil: true
	// Throttle and Quota bound what the key may call; nil: nothing does.
	Throttle *Throttle `yaml:"throttle"`
	Quota    *Quota    `yaml:"quota"`
}

// Throttle is a rate in requests per second, and a burst in requests.
type Throttle struct {
	RateLimit  float64 `yaml:"rateLimit"`
	BurstLimit int     `yaml:"burstLimit"`
}

// Quota is a number of requests per period: DAY, WEEK or MONTH.
type Quota struct {
	Limit  int    `yaml:"limit"`
	Period string `yaml:"period"`
}

// Bounds of the value of an API key, in characters.
const minKeyValue, maxKeyValue = 20, 128

// Secret is the value of the key, from wherever it is.
func (k *APIKey) Secret() (string, error) {
	value := k.Value
	if k.ValueFrom != "" {
		if value = os.Getenv(k.ValueFrom); value == "" {
			return "", fmt.Errorf("apiKeys: %s: the environment variable %s is not set", k.Name, k.ValueFrom)
		}
	}
	if err := checkKeyValue(value); err != nil {
		return "", fmt.Errorf("apiKeys: %s: %w", k.Name, err)
	}
	return value, nil
}

func checkKeyValue(value string) error {
	if len(value) < minKeyValue || len(value) > maxKeyValue || strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return fmt.Errorf("the value must have %d to %d printable characters, and no spaces", minKeyValue, maxKeyValue)
	}
	return nil
}

func (d *Dev) checkAPIKeys() error {
	seen := make(map[string]bool)
	for i := range d.APIKeys {
		k := &d.APIKeys[i]
		if err := k.check(); err != nil {
			return fmt.Errorf("apiKeys[%d]: %w", i, err)
		}
		if seen[k.Name] {
			return fmt.Errorf("apiKeys[%d]: the name %q is taken", i, k.Name)
		}
		seen[k.Name] = true
	}
	return nil
}

func (k *APIKey) check() error {
	if k.Name == "" {
		return fmt.Errorf("name is missing")
	}
	if (k.Value == "") == (k.ValueFrom == "") {
		return fmt.Errorf("%s: it needs either value or valueFrom, an environment variable", k.Name)
	}
	if k.Value != "" {
		if err := checkKeyValue(k.Value); err != nil {
			return fmt.Errorf("%s: %w", k.Name, err)
		}
	}
	if t := k.Throttle; t != nil && (t.RateLimit < 0 || t.BurstLimit < 0) {
		return fmt.Errorf("%s: throttle: limits must not be negative", k.Name)
	}
	if q := k.Quota; q != nil {
		switch {
		case q.Limit < 0:
			return fmt.Errorf("%s: quota: the limit must not be negative", k.Name)
		case q.Period != "DAY" && q.Period != "WEEK" && q.Period != "MONTH":
			return fmt.Errorf("%s: quota: period %q: must be DAY, WEEK or MONTH", k.Name, q.Period)
		}
	}
	return nil
}
