// Command testextension is the external extension that tests run: what it does is in its name, before the first dash.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

type event struct {
	EventType      string
	RequestID      string
	ShutdownReason string
	DeadlineMs     int64
}

func main() {
	signal.Ignore(syscall.SIGTERM) // which is for the runtime
	name := filepath.Base(os.Args[0])
	does, _, _ := strings.Cut(name, "-")
	if err := run(name, does); err != nil {
		fmt.Println(name, "failed:", err)
		os.Exit(9)
	}
}

func run(name, does string) error {
	switch does {
	case "never":
		select {}
	case "crashes":
		os.Exit(3)
	case "env":
		dir, err := os.Getwd()
		if err != nil {
			return err
		}
		fmt.Println(name, "is in", dir, "with", strings.Join(os.Environ(), " "))
	}
	events := `"INVOKE","SHUTDOWN"`
	if does == "quiet" {
		events = ""
	}
	res, err := ask("POST", "register", `{"events":[`+events+`]}`, "Lambda-Extension-Name", name)
	if err != nil {
		return err
	}
	id := res.header.Get("Lambda-Extension-Identifier")
	fmt.Println(name, "registered for", strings.TrimSpace(res.body))
	if does == "initerror" {
		return report(id, "init/error")
	}
	for {
		res, err := ask("GET", "event/next", "", "Lambda-Extension-Identifier", id)
		if err != nil {
			return err
		}
		var e event
		if err := json.Unmarshal([]byte(res.body), &e); err != nil {
			return err
		}
		left := time.Until(time.UnixMilli(e.DeadlineMs))
		fmt.Println(name, "got", e.EventType, e.RequestID+e.ShutdownReason, left > 0 && left <= 30*time.Second)
		switch {
		case e.EventType == "SHUTDOWN" && does == "stubborn":
			select {}
		case e.EventType == "SHUTDOWN":
			fmt.Println(name, "leaves")
			return nil
		case does == "dies":
			os.Exit(4)
		case does == "exiterror":
			return report(id, "exit/error")
		case does == "slow":
			time.Sleep(300 * time.Millisecond)
			fmt.Println(name, "is done")
		}
	}
}

// report says that the extension cannot go on, and waits for its end.
func report(id, path string) error {
	if _, err := ask("POST", path, "{}", "Lambda-Extension-Identifier", id, "Lambda-Extension-Function-Error-Type", "Extension.NoKey"); err != nil {
		return err
	}
	select {}
}

type answer struct {
	header http.Header
	body   string
}

func ask(method, path, body string, fields ...string) (answer, error) {
	req, err := http.NewRequest(method, "http://"+os.Getenv("AWS_LAMBDA_RUNTIME_API")+"/2020-01-01/extension/"+path, bytes.NewReader([]byte(body))) //nolint:noctx // it waits as long as it takes
	if err != nil {
		return answer{}, err
	}
	for i := 0; i < len(fields); i += 2 {
		req.Header.Set(fields[i], fields[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode/100 != 2 {
		err = errors.New(res.Status + ": " + string(text))
	}
	return answer{res.Header, string(text)}, err
}
