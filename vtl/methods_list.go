package vtl

func listMethods() map[string]method {
	return map[string]method{
		"size":        {0, 0, listSize},
		"count":       {0, 0, listSize}, // documented alias, unconfirmed
		"isEmpty":     {0, 0, func(_ *run, v Value, _ []Value) (Value, error) { return itemsOf(v).len() == 0, nil }},
		"get":         {1, 1, listGet},
		"set":         {2, 2, listSet},
		"add":         {1, 2, listAdd},
		"addAll":      {1, 1, listAddAll},
		"remove":      {1, 1, listRemove},
		"removeAll":   {1, 1, listRemoveAll},
		"clear":       {0, 0, listClear},
		"contains":    {1, 1, listContains},
		"containsAll": {1, 1, listContainsAll},
		"indexOf":     {1, 1, listIndexOf},
		"lastIndexOf": {1, 1, listLastIndexOf},
		"subList":     {2, 2, subList},
		"iterator":    {0, 0, listIterator},
		"toArray":     {0, 0, listArray},
	}
}

// positional are the methods that only lists have, and no sets or views.
var positional = map[string]bool{"get": true, "set": true, "indexOf": true, "lastIndexOf": true, "subList": true}

// isPositional reports whether the items of a list have numbers.
func isPositional(v Value) bool {
	switch v := v.(type) {
	case *view:
		return false
	case *List:
		return !v.set
	}
	return true
}

func listSize(_ *run, v Value, _ []Value) (Value, error) { return int64(itemsOf(v).len()), nil }

func listGet(_ *run, v Value, args []Value) (Value, error) {
	l := itemsOf(v)
	i, ok := intArg(args[0])
	if !ok || l.list != nil && l.list.set {
		return nil, nil
	}
	if i < 0 || i >= int64(l.len()) {
		return nil, errRange
	}
	return l.at(int(i)), nil
}

func listSet(_ *run, v Value, args []Value) (Value, error) {
	l := itemsOf(v)
	i, ok := intArg(args[0])
	if !ok {
		return nil, nil
	}
	if i < 0 || i >= int64(l.len()) {
		return nil, errRange
	}
	old := l.at(int(i))
	l.set(int(i), args[1])
	return old, nil
}

func listAdd(r *run, v Value, args []Value) (Value, error) {
	l := itemsOf(v)
	if len(args) == 2 && !isPositional(v) {
		return nil, nil
	}
	if isFixed(v) {
		return nil, errFixed
	}
	if err := r.grow(2 * itemBytes); err != nil {
		return nil, err
	}
	if len(args) == 1 {
		if l.list != nil && l.list.set {
			if i, err := r.search(l, args[0]); i >= 0 || err != nil {
				return false, err
			}
		}
		l.insert(l.len(), args[0])
		return true, nil
	}
	i, ok := intArg(args[0])
	if !ok {
		return nil, nil
	}
	if i < 0 || i > int64(l.len()) {
		return nil, errRange
	}
	if err := r.spend((l.len() - int(i)) / 64); err != nil {
		return nil, err
	}
	l.insert(int(i), args[1])
	return void, nil
}

func listAddAll(r *run, v Value, args []Value) (Value, error) {
	if args[0] == nil {
		return nil, errNull
	}
	if kindOf(args[0]) != kindList {
		return nil, nil
	}
	l, more := itemsOf(v), itemsOf(args[0])
	if isFixed(v) && more.len() > 0 {
		return nil, errFixed
	}
	if err := r.spend(more.len() / 8); err != nil {
		return nil, err
	}
	if err := r.grow(2 * itemBytes * more.len()); err != nil {
		return nil, err
	}
	for _, item := range more.copied() {
		l.insert(l.len(), item)
	}
	return more.len() > 0, nil
}

// listRemove is remove(index) for integers and remove(object) otherwise.
func listRemove(r *run, v Value, args []Value) (Value, error) {
	l := itemsOf(v)
	if w, ok := v.(*view); ok {
		return w.keep(1, func(item Value) (bool, error) {
			same, err := r.javaEqual(item, args[0])
			return !same, err
		})
	}
	if isFixed(v) {
		return nil, errFixed
	}
	if err := r.spend(l.len() / 64); err != nil {
		return nil, err
	}
	if i, ok := intArg(args[0]); ok && (l.list == nil || !l.list.set) {
		if i < 0 || i >= int64(l.len()) {
			return nil, errRange
		}
		old := l.at(int(i))
		l.remove(int(i))
		return old, nil
	}
	i, err := r.search(l, args[0])
	if i >= 0 {
		l.remove(i)
	}
	return i >= 0, err
}

func listRemoveAll(r *run, v Value, args []Value) (Value, error) {
	if args[0] == nil {
		return nil, errNull
	}
	if kindOf(args[0]) != kindList {
		return nil, nil
	}
	l, gone := itemsOf(v), itemsOf(args[0])
	if w, ok := v.(*view); ok {
		return w.keep(w.len(), func(item Value) (bool, error) {
			found, err := r.search(gone, item)
			return found < 0, err
		})
	}
	var kept []Value
	for i := range l.len() {
		found, err := r.search(gone, l.at(i))
		if err != nil {
			return nil, err
		}
		if found < 0 {
			kept = append(kept, l.raw(i))
		}
	}
	changed := len(kept) < l.len()
	if l.json != nil {
		l.json.Items = jsonItems(kept)
	} else {
		l.list.Items = kept
	}
	return changed, r.grow(itemBytes * len(kept))
}

func listClear(_ *run, v Value, _ []Value) (Value, error) {
	l := itemsOf(v)
	if w, ok := v.(*view); ok {
		w.of.clear()
	} else if isFixed(v) && l.len() > 0 {
		return nil, errFixed
	} else if l.json != nil {
		l.json.Items = nil
	} else {
		l.list.Items = nil
	}
	return void, nil
}

// search returns the first place of an item, or -1.
func (r *run) search(l items, v Value) (int, error) {
	for i := range l.len() {
		if same, err := r.javaEqual(l.at(i), v); same || err != nil {
			return i, err
		}
	}
	return -1, nil
}

func listContains(r *run, v Value, args []Value) (Value, error) {
	i, err := r.search(itemsOf(v), args[0])
	return i >= 0, err
}

func listContainsAll(r *run, v Value, args []Value) (Value, error) {
	if args[0] == nil {
		return nil, errNull
	}
	if kindOf(args[0]) != kindList {
		return nil, nil
	}
	wanted := itemsOf(args[0])
	for i := range wanted.len() {
		if at, err := r.search(itemsOf(v), wanted.at(i)); at < 0 || err != nil {
			return false, err
		}
	}
	return true, nil
}

func listIndexOf(r *run, v Value, args []Value) (Value, error) {
	i, err := r.search(itemsOf(v), args[0])
	return int64(i), err
}

func listLastIndexOf(r *run, v Value, args []Value) (Value, error) {
	l := itemsOf(v)
	for i := l.len() - 1; i >= 0; i-- {
		if same, err := r.javaEqual(l.at(i), args[0]); same || err != nil {
			return int64(i), err
		}
	}
	return int64(-1), nil
}

// subList copies a part, as a list that prints like one of Java. In Java it
// would share its items with the list.
func subList(r *run, v Value, args []Value) (Value, error) {
	l := itemsOf(v)
	from, ok1 := intArg(args[0])
	to, ok2 := intArg(args[1])
	if !ok1 || !ok2 || l.list != nil && (l.list.set || l.list.fixed) {
		return nil, nil
	}
	if from < 0 || to > int64(l.len()) || from > to {
		return nil, errRange
	}
	if err := r.grow(itemBytes * int(2+to-from)); err != nil {
		return nil, err
	}
	return &List{Items: l.copied()[from:to]}, nil
}

// isFixed reports whether a list can neither grow nor shrink.
func isFixed(v Value) bool {
	switch v := v.(type) {
	case *view:
		return true
	case *List:
		return v.fixed
	}
	return false
}

func listArray(r *run, v Value, _ []Value) (Value, error) {
	l := itemsOf(v)
	return &List{Items: l.copied(), fixed: true}, r.grow(itemBytes * (2 + l.len()))
}

func listIterator(r *run, v Value, _ []Value) (Value, error) {
	return &iterator{over: v, size: itemsOf(v).len()}, r.grow(4 * itemBytes)
}
