package runtimes

// Installed is an engine that functions of a language get when PATH has none of the very version that they name.
type Installed struct {
	Runtimes string `json:"runtimes"` // nodejs*, python* or java*
	Path     string `json:"path,omitempty"`
	Version  string `json:"version,omitempty"`
	Problem  string `json:"problem,omitempty"` // why there is none
}

// InstalledEngines finds the engines of this machine.
func InstalledEngines() (all []Installed) {
	for _, family := range []string{familyNode, familyPython, familyJava} {
		e, err := findEngine(Identifier{Name: family + "*", Family: family}, Engines{})
		found := Installed{Runtimes: family + "*", Path: e.path, Version: e.version}
		if err != nil {
			found.Problem = err.Error()
		}
		all = append(all, found)
	}
	return all
}
