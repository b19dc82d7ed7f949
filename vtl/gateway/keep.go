package gateway

import "github.com/gatehouse-gateway/gatehouse/vtl"

// KeepRequest stores what a parameter mapping of a MOCK integration gave, for the response template to read: kind is header,
// querystring or path. What a template has set wins. Spec: rest-api 5.
func (o *Overrides) KeepRequest(kind, name string, values ...string) {
	if len(values) == 0 {
		return
	}
	kept, _ := o.requestMap().Get(kind)
	inner, ok := kept.(*overrideMap)
	if !ok {
		return // a template replaced the whole map
	}
	if _, set := inner.Get(name); set {
		return
	}
	if len(values) == 1 {
		inner.Put(name, values[0])
		return
	}
	list := new(vtl.List)
	for _, v := range values {
		list.Items = append(list.Items, v)
	}
	inner.Put(name, list)
}
