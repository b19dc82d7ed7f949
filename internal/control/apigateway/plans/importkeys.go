package plans

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

// importAPIKeys stores the keys of a file: a key whose value is there is overwritten. Rows that cannot be a key, and plans that
// a key cannot join, are warnings; with failonwarnings nothing is stored then. Spec: traffic 1.4.
func (o *Operations) importAPIKeys(ctx context.Context, in *wire.ImportApiKeysRequest) (*wire.ApiKeyIds, error) {
	scope, err := state.ScopeOf(ctx)
	if err != nil {
		return nil, err
	}
	rows, warnings, err := readKeys(in.Body, int(o.state.Limits.APIKeys))
	if err != nil {
		return nil, wire.BadRequest("%v", err)
	}
	more, err := o.checkPlans(ctx, rows)
	if err != nil {
		return nil, err
	}
	warnings = append(warnings, more...)
	if wire.Value(in.FailOnWarnings) && len(warnings) > 0 {
		return nil, wire.BadRequest("Warnings found during import:\n\t%s", joined(warnings))
	}
	seq, err := o.roomFor(ctx, scope, rows)
	if err != nil {
		return nil, err
	}
	out := &wire.ApiKeyIds{Ids: []string{}}
	for i, row := range rows {
		key, more, err := o.importKey(ctx, scope, row, seq+int64(i))
		if err != nil {
			return nil, err
		}
		warnings = append(warnings, more...)
		out.Ids = append(out.Ids, key.ID)
	}
	out.Warnings = wire.NonEmpty(warnings)
	return out, nil
}

func joined(warnings []string) string {
	text := ""
	for i, w := range warnings {
		if i > 0 {
			text += "\n\t"
		}
		text += w
	}
	return text
}

// checkPlans takes plans that do not exist out of the rows.
func (o *Operations) checkPlans(ctx context.Context, rows []keyRow) (warnings []string, err error) {
	for i := range rows {
		var known []string
		for _, id := range rows[i].plans {
			_, err := state.Get(ctx, o.state.Plans, &id, errNoPlan)
			switch {
			case err == nil:
				known = append(known, id)
			case errors.Is(err, errNoPlan):
				warnings = append(warnings, fmt.Sprintf("line %d: Invalid Usage Plan ID specified: %s", rows[i].line, id))
			default:
				return nil, err
			}
		}
		rows[i].plans = known
	}
	return warnings, nil
}

// roomFor returns the number of the first new key, when there is room for those that are not there yet.
func (o *Operations) roomFor(ctx context.Context, scope state.Scope, rows []keyRow) (int64, error) {
	created := make(map[string]bool)
	for _, row := range rows {
		there, err := o.state.KeyByValue(ctx, scope, row.value)
		if err != nil {
			return 0, err
		}
		if there == nil {
			created[row.value] = true
		}
	}
	return o.state.NextKeys(ctx, scope, len(created))
}

func (o *Operations) importKey(ctx context.Context, scope state.Scope, row keyRow, seq int64) (key *definition.APIKey, warnings []string, err error) {
	there, err := o.state.KeyByValue(ctx, scope, row.value)
	switch {
	case err != nil:
		return nil, nil, err
	case there != nil:
		key, err = state.Change(ctx, o.state.Keys, &there.ID, state.ErrNoKey, func(k *definition.APIKey) error {
			k.Name, k.Description, k.Enabled = row.name, row.description, row.enabled
			k.LastUpdatedDate = o.state.Now().UTC()
			return nil
		})
	default:
		key = &definition.APIKey{Name: row.name, Description: row.description, Enabled: row.enabled}
		err = o.insertKey(ctx, scope, key, row.value, seq)
	}
	if err != nil {
		return nil, nil, err
	}
	for _, plan := range row.plans {
		if slices.ContainsFunc(key.Plans, func(m definition.PlanMembership) bool { return m.PlanID == plan }) {
			continue
		}
		if _, err := o.join(ctx, plan, key.ID); err != nil {
			refused, ok := refusal(err)
			if !ok {
				return nil, nil, err
			}
			warnings = append(warnings, fmt.Sprintf("line %d: %s", row.line, refused))
		}
	}
	return key, warnings, nil
}
