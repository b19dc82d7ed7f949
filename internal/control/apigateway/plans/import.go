package plans

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/awsproto"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

// keyRow is a row of an import.
type keyRow struct {
	line  int
	key   definition.APIKey
	value string
	plans []string
}

// importAPIKeys stores the keys of a CSV text. A value that exists overwrites its key. Spec: control-plane 12.1, traffic 1.4.
func (o *Operations) importAPIKeys(ctx context.Context, in *wire.ImportApiKeysRequest) (*wire.ApiKeyIds, error) {
	scope, err := state.ScopeOf(ctx)
	if err != nil {
		return nil, err
	}
	rows, warnings, err := parseKeys(in.Body)
	if err != nil {
		return nil, err
	}
	rows, found, err := o.checkRows(ctx, scope, rows)
	if err != nil {
		return nil, err
	}
	warnings = append(warnings, found...)
	if wire.Value(in.FailOnWarnings) && len(warnings) > 0 {
		return nil, wire.BadRequest("%s", "API Keys were not imported: "+strings.Join(warnings, "; ")) // (unconfirmed)
	}
	out := &wire.ApiKeyIds{Ids: []string{}, Warnings: warnings}
	for i := range rows {
		id, err := o.importKey(ctx, scope, &rows[i])
		if err != nil {
			return nil, err
		}
		out.Ids = append(out.Ids, id)
		for _, plan := range rows[i].plans {
			if err := o.join(ctx, scope, plan, id); err != nil {
				var refused *awsproto.Error
				if !errors.As(err, &refused) {
					return nil, err
				}
				out.Warnings = append(out.Warnings, fmt.Sprintf("line %d: %s", rows[i].line, refused.Message))
			}
		}
	}
	if out.Warnings == nil {
		out.Warnings = []string{}
	}
	return out, nil
}

// checkRows leaves out the plans that a row names and that its key cannot join, with a warning for each.
func (o *Operations) checkRows(ctx context.Context, scope state.Scope, rows []keyRow) (good []keyRow, warnings []string, err error) {
	all, err := o.all(ctx, scope)
	if err != nil {
		return nil, nil, err
	}
	byID := make(map[string]*definition.UsagePlan, len(all))
	for _, item := range all {
		byID[item.Value.ID] = item.Value
	}
	for _, row := range rows {
		known, err := o.byValue(ctx, scope, row.value)
		if err != nil {
			return nil, nil, err
		}
		var joined []*definition.UsagePlan
		for _, p := range byID {
			if known != nil && slices.Contains(p.Keys, known.ID) {
				joined = append(joined, p)
			}
		}
		row.plans = slices.DeleteFunc(row.plans, func(id string) bool {
			p := byID[id]
			switch {
			case p == nil:
				warnings = append(warnings, fmt.Sprintf("line %d: %s: %s", row.line, errNoPlan.Message, id))
				return true
			case slices.Contains(joined, p):
				return true // it is a member already
			}
			for _, other := range joined {
				for _, s := range p.APIStages {
					if covers(other, s.APIID, s.Stage) {
						warnings = append(warnings, fmt.Sprintf("line %d: usage plans %s and %s cover the same API stage", row.line, other.ID, id))
						return true
					}
				}
			}
			joined = append(joined, p)
			return false
		})
		good = append(good, row)
	}
	return good, warnings, nil
}

func (o *Operations) importKey(ctx context.Context, scope state.Scope, row *keyRow) (id string, err error) {
	known, err := o.byValue(ctx, scope, row.value)
	if err != nil {
		return "", err
	}
	if known == nil {
		err := o.insertKey(ctx, scope, &row.key, row.value)
		return row.key.ID, err
	}
	_, err = o.state.Keys.Change(ctx, scope.Key(known.ID), func(k *definition.APIKey) error {
		k.Name, k.Description, k.Enabled, k.LastUpdatedDate = row.key.Name, row.key.Description, row.key.Enabled, o.state.Now().UTC()
		return nil
	})
	return known.ID, wire.OrNotFound(err, wire.ErrConcurrent)
}

// parseKeys reads the rows of a CSV text. A row that is no key is left out, with a warning.
func parseKeys(body []byte) (rows []keyRow, warnings []string, err error) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))))
	r.FieldsPerRecord, r.TrimLeadingSpace = -1, true
	header, err := r.Read()
	if err != nil {
		return nil, nil, wire.BadRequest("Invalid CSV: a header row is required") // (unconfirmed)
	}
	at := make(map[string]int, len(header))
	for i, name := range header {
		at[strings.ToLower(strings.TrimSpace(name))] = i
	}
	for _, name := range [...]string{"name", "key"} {
		if _, ok := at[name]; !ok {
			return nil, nil, wire.BadRequest("Invalid CSV: column %s is required", name) // (unconfirmed)
		}
	}
	for {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, warnings, nil
		}
		if err != nil {
			return nil, nil, wire.BadRequest("Invalid CSV: %v", err) // the parser names the line and no value
		}
		line, _ := r.FieldPos(0)
		row := keyOf(joinQuoted(fields, len(header)), at)
		row.line = line
		if err := cmp.Or(checkKey(&row.key), checkValue(row.value)); err != nil {
			var refused *awsproto.Error
			errors.As(err, &refused)
			warnings = append(warnings, fmt.Sprintf("line %d: %s", line, refused.Message))
			continue
		}
		rows = append(rows, row)
	}
}

// joinQuoted puts a list in single quotes together again, which the CSV reader took apart.
func joinQuoted(fields []string, columns int) []string {
	for i := 0; i < len(fields) && len(fields) > columns; i++ {
		if !strings.HasPrefix(fields[i], "'") {
			continue
		}
		for j := i + 1; j < len(fields); j++ {
			if strings.HasSuffix(strings.TrimSpace(fields[j]), "'") {
				fields = slices.Replace(fields, i, j+1, strings.Join(fields[i:j+1], ","))
				break
			}
		}
	}
	return fields
}

func keyOf(fields []string, at map[string]int) keyRow {
	cell := func(name string) string {
		if i, ok := at[name]; ok && i < len(fields) {
			return strings.TrimSpace(fields[i])
		}
		return ""
	}
	row := keyRow{value: cell("key")}
	row.key.Name, row.key.Description = cell("name"), cell("description")
	row.key.Enabled = cell("enabled") == "" || strings.EqualFold(cell("enabled"), "true")
	for id := range strings.SplitSeq(strings.Trim(cell("usageplanids"), "'"), ",") {
		if id = strings.TrimSpace(id); id != "" && !slices.Contains(row.plans, id) {
			row.plans = append(row.plans, id)
		}
	}
	return row
}
