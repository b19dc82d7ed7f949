package vtl

func mapMethods() map[string]method {
	return map[string]method{
		"size":          {0, 0, func(_ *run, v Value, _ []Value) (Value, error) { return int64(membersOf(v).len()), nil }},
		"isEmpty":       {0, 0, func(_ *run, v Value, _ []Value) (Value, error) { return membersOf(v).len() == 0, nil }},
		"get":           {1, 1, mapGet},
		"getOrDefault":  {2, 2, mapGetOrDefault},
		"put":           {2, 2, func(r *run, v Value, args []Value) (Value, error) { return r.putMember(membersOf(v), args[0], args[1]) }},
		"putIfAbsent":   {2, 2, mapPutIfAbsent},
		"putAll":        {1, 1, mapPutAll},
		"remove":        {1, 1, mapRemove},
		"clear":         {0, 0, func(_ *run, v Value, _ []Value) (Value, error) { membersOf(v).clear(); return void, nil }},
		"containsKey":   {1, 1, mapContainsKey},
		"containsValue": {1, 1, mapContainsValue},
		"keySet":        {0, 0, mapView(viewKeys)},
		"values":        {0, 0, mapView(viewValues)},
		"entrySet":      {0, 0, mapView(viewEntries)},
	}
}

func mapGet(_ *run, v Value, args []Value) (Value, error) {
	member, _ := membersOf(v).get(args[0])
	return member, nil
}

func mapGetOrDefault(_ *run, v Value, args []Value) (Value, error) {
	if member, ok := membersOf(v).get(args[0]); ok {
		return member, nil
	}
	return args[1], nil
}

func mapPutIfAbsent(r *run, v Value, args []Value) (Value, error) {
	m := membersOf(v)
	if member, _ := m.get(args[0]); member != nil {
		return member, nil
	}
	return r.putMember(m, args[0], args[1])
}

func mapPutAll(r *run, v Value, args []Value) (Value, error) {
	if args[0] == nil {
		return nil, errNull
	}
	if kindOf(args[0]) != kindMap {
		return nil, nil
	}
	for _, e := range membersOf(args[0]).entries() {
		if err := r.spend(1); err != nil {
			return nil, err
		}
		if _, err := r.putMember(membersOf(v), e.key, e.value); err != nil {
			return nil, err
		}
	}
	return void, nil
}

func mapRemove(r *run, v Value, args []Value) (Value, error) {
	m := membersOf(v)
	if err := r.spend(1 + m.len()/8); err != nil {
		return nil, err
	}
	return m.remove(args[0]), nil
}

func mapContainsKey(_ *run, v Value, args []Value) (Value, error) {
	_, ok := membersOf(v).get(args[0])
	return ok, nil
}

func mapContainsValue(r *run, v Value, args []Value) (Value, error) {
	if err := r.spend(membersOf(v).len() / 8); err != nil {
		return nil, err
	}
	for _, e := range membersOf(v).entries() {
		if same, err := r.javaEqual(e.value, args[0]); same || err != nil {
			return same, err
		}
	}
	return false, nil
}

// mapView makes a view of one side of a map's entries.
func mapView(side viewSide) func(*run, Value, []Value) (Value, error) {
	return func(r *run, v Value, _ []Value) (Value, error) {
		m := membersOf(v)
		if err := r.spend(m.len() / 8); err != nil {
			return nil, err
		}
		return &view{m, side}, r.grow(2 * itemBytes * (1 + m.len()))
	}
}
