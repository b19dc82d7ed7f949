package plans

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gatehouse-gateway/gatehouse/awsproto"
)

// keyRow is an API key of a file.
type keyRow struct {
	line        int // of the file, from 1
	name        string
	value       string
	description string
	enabled     bool
	plans       []string
}

// byteOrderMark begins files of some spreadsheets.
const byteOrderMark = "\xef\xbb\xbf"

// readKeys reads a file of API keys: a header line, then a row per key. Columns come in any order and case; those that are not
// known are passed over. Rows that cannot be a key are warnings. Spec: traffic 1.4.
func readKeys(text []byte, mostRows int) (rows []keyRow, warnings []string, err error) {
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(text), byteOrderMark)))
	r.FieldsPerRecord, r.TrimLeadingSpace, r.LazyQuotes = -1, true, true
	header, err := r.Read()
	if err != nil {
		return nil, nil, errors.New("Invalid API Key file: it has no header line")
	}
	for i := range header {
		header[i] = strings.ToLower(strings.TrimSpace(header[i]))
	}
	for _, name := range []string{"name", "key"} {
		if !slices.Contains(header, name) {
			return nil, nil, fmt.Errorf("Invalid API Key file: the header line has no column %s", name)
		}
	}
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, warnings, nil
		}
		if err != nil {
			return nil, nil, fmt.Errorf("Invalid API Key file: %w", err)
		}
		if len(rows)+len(warnings) >= mostRows {
			return nil, nil, fmt.Errorf("Invalid API Key file: it has more than %d rows", mostRows)
		}
		line, _ := r.FieldPos(0)
		row, err := newKeyRow(header, rejoin(cells, len(header)), line)
		if err != nil {
			warnings = append(warnings, fmt.Sprintf("line %d: %v", line, err))
			continue
		}
		rows = append(rows, row)
	}
}

// rejoin puts together the cells of a list in single quotes, 'p1,p2', which the commas took apart.
func rejoin(cells []string, columns int) []string {
	if len(cells) <= columns {
		return cells
	}
	var joined []string
	for i := 0; i < len(cells); i++ {
		cell := strings.TrimSpace(cells[i])
		if strings.HasPrefix(cell, "'") && (len(cell) == 1 || !strings.HasSuffix(cell, "'")) {
			end := slices.IndexFunc(cells[i+1:], func(c string) bool { return strings.HasSuffix(strings.TrimSpace(c), "'") })
			if end >= 0 {
				cell = strings.Join(cells[i:i+end+2], ",")
				i += end + 1
			}
		}
		joined = append(joined, cell)
	}
	return joined
}

func newKeyRow(header, cells []string, line int) (keyRow, error) {
	row := keyRow{line: line, enabled: true}
	for i, cell := range cells {
		if i >= len(header) {
			return row, fmt.Errorf("the row has %d columns, the header line has %d", len(cells), len(header))
		}
		cell = strings.TrimSpace(cell)
		switch header[i] {
		case "name":
			row.name = cell
		case "key":
			row.value = cell
		case "description":
			row.description = cell
		case "enabled":
			row.enabled = cell == "" || strings.EqualFold(cell, "true")
		case "usageplanids":
			row.plans = planList(cell)
		}
	}
	switch {
	case row.name == "":
		return row, errors.New("a key needs a name")
	case utf8.RuneCountInString(row.name) > maxKeyName:
		return row, fmt.Errorf("Invalid API Key name, can be at most %d characters.", maxKeyName)
	case utf8.RuneCountInString(row.description) > maxKeyDescription:
		return row, errors.New("Invalid API Key description specified.")
	}
	if err := checkKeyValue(row.value); err != nil {
		message, _ := refusal(err)
		return row, errors.New(message)
	}
	return row, nil
}

// planList takes a list of plans apart: p1,p2 with or without single quotes around it.
func planList(cell string) []string {
	var plans []string
	for id := range strings.SplitSeq(strings.Trim(cell, "'"), ",") {
		if id = strings.TrimSpace(id); id != "" && !slices.Contains(plans, id) {
			plans = append(plans, id)
		}
	}
	return plans
}

// refusal is the message of an answer to the client; ok is false for other errors.
func refusal(err error) (message string, ok bool) {
	var answer *awsproto.Error
	if errors.As(err, &answer) {
		return answer.Message, true
	}
	return "", false
}
