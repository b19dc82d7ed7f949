package gateway_test

import (
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/vtl"
	"github.com/gatehouse-gateway/gatehouse/vtl/gateway"
)

// allParams is the template that the console of the service generates.
const allParams = `#set($allParams = $input.params())
{
"body-json" : $input.json('$'),
"params" : {
#foreach($type in $allParams.keySet())
    #set($params = $allParams.get($type))
"$type" : {
    #foreach($paramName in $params.keySet())
    "$paramName" : "$util.escapeJavaScript($params.get($paramName))"
        #if($foreach.hasNext),#end
    #end
}
    #if($foreach.hasNext),#end
#end
},
"stage-variables" : {
#foreach($key in $stageVariables.keySet())
"$key" : "$util.escapeJavaScript($stageVariables.get($key))"
    #if($foreach.hasNext),#end
#end
},
"context" : {
    "account-id" : "$context.identity.accountId",
    "api-id" : "$context.apiId",
    "http-method" : "$context.httpMethod",
    "stage" : "$context.stage",
    "source-ip" : "$context.identity.sourceIp",
    "user-agent" : "$context.identity.userAgent",
    "request-id" : "$context.requestId",
    "resource-path" : "$context.resourcePath"
    }
}
`

func benchVars(b *testing.B) *gateway.Vars {
	item := `{"id":12345,"name":"a fairly usual name","price":19.99,"ok":true}`
	return &gateway.Vars{
		Body:           []byte(`{"items":[` + strings.Repeat(item+",", 19) + item + `]}`),
		Path:           []gateway.Param{{Name: "id", Value: "42"}},
		Query:          []gateway.Param{{Name: "page", Value: "3"}, {Name: "sort", Value: "name"}},
		Header:         []gateway.Param{{Name: "Accept", Value: "application/json"}, {Name: "Host", Value: "example.com"}, {Name: "User-Agent", Value: "curl/8"}},
		Context:        contextVars{parse(b, `{"apiId":"a1b2c3","httpMethod":"GET","stage":"prod","requestId":"r","resourcePath":"/x","identity":{"sourceIp":"192.0.2.1","userAgent":"curl/8"}}`)},
		StageVariables: map[string]string{"table": "orders"},
		Overrides:      new(gateway.Overrides),
	}
}

func benchmark(b *testing.B, template string) {
	p := vtl.Compile(template)
	v := benchVars(b)
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if buf, err = gateway.Render(p, buf[:0], v, vtl.DefaultLimits); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCompile(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		vtl.Compile(allParams)
	}
}

func BenchmarkStatic(b *testing.B) { benchmark(b, `{"statusCode": 200}`) }

func BenchmarkOneReference(b *testing.B) { benchmark(b, `{"id": "$context.requestId"}`) }

func BenchmarkAllParams(b *testing.B) { benchmark(b, allParams) }

func BenchmarkForeach20(b *testing.B) {
	benchmark(b, `[#foreach($item in $input.path('$.items'))
  {"key": "$item.id", "title": "$util.escapeJavaScript($item.name)", "price": $item.price}#if($foreach.hasNext),#end
#end]`)
}
