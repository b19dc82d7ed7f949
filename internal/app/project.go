package app

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/config"
	"github.com/gatehouse-gateway/gatehouse/internal/limits"
)

// project is what `gatehouse dev` was pointed at: an API document, and the configuration beside it, if any.
type project struct {
	document   string
	configFile string // where the configuration is, or would be
	config     *config.Dev
	stage      string
	variables  map[string]string
}

const defaultStage = "dev"

// documentNames are the names under which an API document is looked for in a folder.
var documentNames = []string{"openapi.yaml", "openapi.yml", "openapi.json", "swagger.yaml", "swagger.yml", "swagger.json", "api.yaml", "api.yml", "api.json"}

// openProject finds document and configuration for a path that is a file or a folder. Flags win over the file.
func openProject(path, stage string, variables map[string]string) (*project, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	p := newProject(path, info.IsDir())
	switch p.config, err = config.Load(p.configFile); {
	case errors.Is(err, fs.ErrNotExist):
		p.config = new(config.Dev)
	case err != nil:
		return nil, err
	}
	if p.document == "" {
		if p.document, err = findDocument(path, p.config.API); err != nil {
			return nil, err
		}
	}
	return p, p.settle(stage, variables)
}

func newProject(path string, folder bool) *project {
	if folder {
		return &project{configFile: filepath.Join(path, config.FileName)}
	}
	return &project{document: path, configFile: filepath.Join(filepath.Dir(path), config.FileName)}
}

// openConfig reads the configuration of a project, which must be there, and not its document.
func openConfig(path string) (*project, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	p := newProject(path, info.IsDir())
	p.config, err = config.Load(p.configFile)
	return p, err
}

func findDocument(dir, named string) (string, error) {
	if named != "" {
		return filepath.Join(dir, named), nil
	}
	var found []string
	for _, name := range documentNames {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			found = append(found, name)
		}
	}
	switch len(found) {
	case 0:
		return "", fmt.Errorf("no API document in %s: name one, or call it %s, or write %s with `api: FILE`", dir, documentNames[0], config.FileName)
	case 1:
		return filepath.Join(dir, found[0]), nil
	}
	return "", fmt.Errorf("several API documents in %s (%s): name one, or write %s with `api: FILE`", dir, strings.Join(found, ", "), config.FileName)
}

// settle decides stage and variables from flags, file and defaults, in this order.
func (p *project) settle(stage string, variables map[string]string) error {
	p.stage = defaultStage
	if p.config.Stage != "" {
		p.stage = p.config.Stage
	}
	if stage != "" {
		p.stage = stage
	}
	if err := config.CheckStage(p.stage); err != nil {
		return err
	}
	p.variables = maps.Clone(p.config.Variables)
	if p.variables == nil {
		p.variables = make(map[string]string)
	}
	for name, value := range variables {
		if err := config.CheckVariable(name, value); err != nil {
			return err
		}
		p.variables[name] = value
	}
	if most := limits.Laptop().StageVariables; int64(len(p.variables)) > most {
		return fmt.Errorf("%d stage variables: a stage has at most %d", len(p.variables), most)
	}
	return nil
}

// folder is where the back ends run.
func (p *project) folder() string { return filepath.Dir(p.configFile) }
