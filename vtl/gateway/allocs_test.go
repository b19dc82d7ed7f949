package gateway_test

import (
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/jsontree"
	"github.com/gatehouse-gateway/gatehouse/vtl"
	"github.com/gatehouse-gateway/gatehouse/vtl/gateway"
)

// itemTemplate is the heart of most mapping templates: an array in, an array out.
const itemTemplate = `[#foreach($item in $input.path('$.items'))
  {"key": "$item.id", "title": "$util.escapeJavaScript($item.name)", "price": $item.price, "pos": $foreach.count}#if($foreach.hasNext),#end
#end]`

// TestRendersStayCheap holds ceilings of allocations per render; the body's JSON
// is part of it. They leave some room for the race detector, which empties pools.
func TestRendersStayCheap(t *testing.T) {
	item := `{"id":12345,"name":"a fairly \"usual\" name","price":19.99,"ok":true}`
	body := []byte(`{"id":"o-1","big":"` + strings.Repeat("x", 10_000) + `","items":[` + strings.Repeat(item+",", 19) + item + `],"last":{"id":7}}`)
	for template, ceiling := range map[string]float64{
		`{"statusCode": 200}`:                       0,
		`{"id": "$context.requestId"}`:              4,
		`{"ip": "$context.identity.sourceIp"}`:      4,
		`{"id": $input.json('$.last.id')}`:          7,
		`{"id": $input.path('$.last.id')}`:          6,
		`$input.params('id') $stageVariables.table`: 6,
		itemTemplate: 100, // of which 80 are the values of the tree
	} {
		p := vtl.Compile(template)
		source := contextVars{parseObject(t, `{"requestId":"r","identity":{"sourceIp":"192.0.2.1"}}`)}
		var buf []byte
		v := gateway.Vars{
			Body: body, Context: source,
			Path:           []gateway.Param{{Name: "id", Value: "42"}},
			StageVariables: map[string]string{"table": "orders"},
			Overrides:      new(gateway.Overrides),
		}
		n := testing.AllocsPerRun(50, func() {
			var err error
			if buf, err = gateway.Render(p, buf[:0], &v, vtl.DefaultLimits); err != nil {
				t.Fatal(err)
			}
		})
		t.Logf("%v allocations: %.40s", n, template)
		if n > ceiling {
			t.Errorf("%v allocations, want at most %v:\n%s", n, ceiling, template)
		}
	}
}

func parseObject(t *testing.T, text string) *jsontree.Object {
	v, err := jsontree.ParseString(text, jsontree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return v.(*jsontree.Object)
}
