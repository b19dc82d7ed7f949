package awsproto_test

import (
	"context"
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/awsproto"
)

// shopModel has what the zoo has not: bounds, a payload beside header members, a pattern that Go cannot compile.
const shopModel = `{
 "metadata": {"serviceId": "Shop"},
 "operations": {
  "Buy": {"method": "POST", "uri": "/buy/{Name}", "success": 200, "input": "BuyRequest", "output": "BuyResponse", "errors": []},
  "Close": {"method": "DELETE", "uri": "/shop", "success": 200, "output": "CloseResponse", "errors": []}
 },
 "shapes": {
  "Name": {"type": "string", "min": 2, "max": 4, "pattern": "(?!x)[a-z]+", "match": "[a-wyz][a-z]*"},
  "Count": {"type": "integer", "min": 1, "max": 9}, "Share": {"type": "double", "min": 0, "max": 1}, "Blob": {"type": "blob"}, "Status": {"type": "integer"}, "Text": {"type": "string"},
  "Names": {"type": "list", "member": "Name", "max": 2}, "Shares": {"type": "map", "key": "Text", "value": "Share"},
  "BuyRequest": {"type": "structure", "members": {"Name": {"shape": "Name", "type": "string", "location": "path", "required": true}, "Count": {"shape": "Count", "type": "integer"},
   "Names": {"shape": "Names", "type": "list"}, "Shares": {"shape": "Shares", "type": "map"}, "Picture": {"shape": "Blob", "type": "blob"}, "Colour": {"shape": "Name", "type": "string", "location": "query"}}},
  "BuyResponse": {"type": "structure", "payload": "Goods", "members": {"Code": {"shape": "Status", "type": "integer", "location": "status"}, "Goods": {"shape": "Blob", "type": "blob", "location": "payload"},
   "Price": {"shape": "Text", "type": "string", "location": "header", "locationName": "X-Price"}}},
  "CloseResponse": {"type": "structure", "members": {"Code": {"shape": "Status", "type": "integer", "location": "status"}}}
 }}`

type (
	BuyRequest struct {
		Name    *string
		Count   *int64
		Names   []string
		Shares  map[string]float64
		Picture []byte
		Colour  *string
	}
	BuyResponse struct {
		Code  *int64
		Goods []byte
		Price *string
	}
	CloseResponse struct{ Code *int64 }
)

func shop(t *testing.T, d awsproto.Dialect) *awsproto.Service {
	t.Helper()
	m, err := awsproto.ParseModel([]byte(shopModel))
	if err != nil {
		t.Fatal(err)
	}
	s, err := awsproto.NewService(m)
	if err != nil {
		t.Fatal(err)
	}
	s.Dialect = d
	awsproto.Bind(s, "Buy", func(_ context.Context, in *BuyRequest) (*BuyResponse, error) {
		return &BuyResponse{Code: ptr(int64(202)), Goods: append([]byte("goods "), in.Picture...), Price: ptr("5")}, nil
	})
	awsproto.Bind(s, "Close", func(context.Context, *struct{}) (*CloseResponse, error) {
		return &CloseResponse{Code: ptr(int64(204))}, nil
	})
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestPayloadsHaveHeaderMembersBesides(t *testing.T) {
	s := shop(t, awsproto.Dialect{})
	if got, want := call(s, "POST /buy/tea", `{"Picture":"YWJj"}`), "202 X-Price=5 goods abc"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := call(s, "DELETE /shop", ""), "204"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := call(s, "POST /buy/tea", `{"Picture":"?"}`); !strings.Contains(got, "SerializationException") {
		t.Errorf("got %s", got)
	}
}

func TestDialects(t *testing.T) {
	for _, c := range []struct{ name, line, body, plain, short string }{
		{"bounds of a number", "POST /buy/tea", `{"Count":10}`,
			"Value '10' at 'buyInput.Count' failed to satisfy constraint: Member must have value less than or equal to 9",
			"Value '10' at 'count' failed to satisfy constraint: Member must have value less than or equal to 9"},
		{"length and pattern", "POST /buy/x", "",
			"Value 'x' at 'Name' failed to satisfy constraint: Member must have length greater than or equal to 2; Value 'x' at 'Name' failed to satisfy constraint: Member must satisfy regular expression pattern: (?!x)[a-z]+",
			"Value 'x' at 'name' failed to satisfy constraint: Member must have length greater than or equal to 2; Value 'x' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: (?!x)[a-z]+"},
		{"elements of a list", "POST /buy/tea", `{"Names":["abcde"]}`,
			"Value '[abcde]' at 'buyInput.Names' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 4]",
			"Value '[abcde]' at 'names' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 4, Member must have length greater than or equal to 2, Member must satisfy regular expression pattern: (?!x)[a-z]+, Member must not be null]"},
		{"length of a list", "POST /buy/tea", `{"Names":["ab","ab","ab"]}`,
			"Value '[ab, ab, ab]' at 'buyInput.Names' failed to satisfy constraint: Member must have length less than or equal to 2",
			"Value '[ab, ab, ab]' at 'names' failed to satisfy constraint: Member must have length less than or equal to 2"},
		{"values of a map", "POST /buy/tea", `{"Shares":{"a":1.5}}`,
			"Value '{a=1.5}' at 'buyInput.Shares' failed to satisfy constraint: Map value must satisfy constraint: [Member must have value less than or equal to 1.0]",
			"Value '{a=1.5}' at 'shares' failed to satisfy constraint: Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]"},
		{"the order of places", "POST /buy/abcde?Colour=abcde", "",
			"Value 'abcde' at 'Name' failed to satisfy constraint: Member must have length less than or equal to 4; Value 'abcde' at 'Colour' failed to satisfy constraint: Member must have length less than or equal to 4",
			"Value 'abcde' at 'colour' failed to satisfy constraint: Member must have length less than or equal to 4; Value 'abcde' at 'name' failed to satisfy constraint: Member must have length less than or equal to 4"},
	} {
		for d, want := range map[bool]string{false: c.plain, true: c.short} {
			if got := call(shop(t, awsproto.Dialect{ShortNames: d}), c.line, c.body); !strings.HasSuffix(got, "detected: "+want+`"}`) {
				t.Errorf("%s, short names %v:\ngot  %s\nwant %s", c.name, d, got, want)
			}
		}
	}
}

func TestErrorsInTheServicesForm(t *testing.T) {
	s := shop(t, awsproto.Dialect{ErrorMembers: func(e *awsproto.Error) map[string]string {
		return map[string]string{"Message": e.Message, "Type": "User"}
	}})
	if got, want := call(s, "GET /nothing", ""), `404 Content-Type=application/json x-amzn-ErrorType=UnknownOperationException {"Message":"The requested operation is not supported.","Type":"User"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestModelsAreCorrectedBeforeTheyAreChecked(t *testing.T) {
	const text = `{"shapes":{"S":{"type":"string","pattern":"(?!x)"}}}`
	if _, err := awsproto.ParseModel([]byte(text)); err == nil {
		t.Error("a pattern that cannot be compiled was accepted")
	}
	if _, err := awsproto.ParseModel([]byte(text), func(m *awsproto.Model) { m.Shapes["S"].Match = "y" }); err != nil {
		t.Error(err)
	}
}
