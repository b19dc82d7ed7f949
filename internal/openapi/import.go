package openapi

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/limits"
)

// Options say how to import.
type Options struct {
	// APIID is the id of the API; "" makes one of the title and the file, the same every time.
	APIID string
	// Seed decides every other id: the same document with the same seed has the same ids. "" means the API's id.
	Seed string
	// BasePath is what becomes of the document's base path: ignore (default), prepend or split. Spec: rest-api 21.2.
	BasePath string
	// FailOnWarnings turns warnings into problems.
	FailOnWarnings bool
	// Tolerant takes what the service takes: extensions that it does not know and bodies whose schema is missing are
	// warnings then, not problems. The management API imports so; a developer's machine had better say more.
	Tolerant bool
	// EndpointTypes replaces the endpoint types of the document: EDGE, REGIONAL or PRIVATE.
	EndpointTypes []string
	// IgnoreDocumentation leaves out documentation parts.
	IgnoreDocumentation bool
	// AccountID, Partition and Region replace ${AWS::AccountId} and its like; empty: 000000000000, aws, us-east-1.
	AccountID, Partition, Region string
	// ReadFile reads every file of the document; nil means os.ReadFile.
	ReadFile func(path string) ([]byte, error)
	// MaxBytes bounds all files together; 0 means the limit of Limits.
	MaxBytes int
	// Limits are those of the service unless given.
	Limits *limits.Limits
}

func (o Options) withDefaults() Options {
	if o.BasePath == "" {
		o.BasePath = "ignore"
	}
	if o.AccountID == "" {
		o.AccountID = "000000000000"
	}
	if o.Partition == "" {
		o.Partition = "aws"
	}
	if o.Region == "" {
		o.Region = "us-east-1"
	}
	if o.ReadFile == nil {
		o.ReadFile = os.ReadFile
	}
	if o.Limits == nil {
		l := limits.AWS()
		o.Limits = &l
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = int(o.Limits.OpenAPIDocument)
	}
	return o
}

// Import is an imported document.
type Import struct {
	API      *definition.RestAPI
	Warnings []Warning
	// Files are the files that the document consists of, the first one first. A change of any of them may change the API.
	Files []string

	warned       bool // the problems are warnings, which were to fail the import
	saysDisabled bool // the document has disableExecuteApiEndpoint
	undocumented bool // documentation was ignored
}

// Warning is something in a document that has no effect, or not the one that its author may expect.
type Warning struct {
	Origin  definition.Origin
	Message string
}

func (w Warning) String() string {
	return definition.Problem{Origin: w.Origin, Message: w.Message}.Error()
}

// Load imports the document in the file at path and in the files to which it refers. The error is a
// definition.Problems with all that was found. Also after an error the Import is there, with Files and Warnings.
func Load(path string, o Options) (*Import, error) {
	im := newImporter(o)
	path = filepath.Clean(path)
	f := im.open(path, definition.Origin{})
	return im.finish(f)
}

// Parse imports data, a document called name that cannot refer to files. Errors are those of Load.
func Parse(name string, data []byte, o Options) (*Import, error) {
	im := newImporter(o)
	if len(data) > im.options.MaxBytes {
		im.problems.Addf(definition.Origin{File: name}, "the document is larger than %d bytes", im.options.MaxBytes)
		return im.finish(nil)
	}
	return im.finish(im.parse(name, data, false))
}

// importer makes one definition from one document.
type importer struct {
	*loader
	api      *definition.RestAPI
	doc      *node
	swagger  bool // 2.0; else 3.0
	warnings []Warning
	ids      idTable
	models   models
	security security
	document *documentation

	saysDisabled     bool
	defaultValidator string // id
	validators       map[string]string
	resources        map[string]*definition.Resource // by path
	variables        map[string]string               // id of a resource → its child that is a variable
	patterns         map[string]error                // selection patterns that were compiled
	prefix           []string                        // base path segments before every path
	places           map[*node]place                 // what objects behind references were read as
}

func newImporter(o Options) *importer {
	o = o.withDefaults()
	return &importer{
		loader: &loader{
			options:  o,
			files:    map[string]*file{},
			reported: map[*node]bool{},
			replacer: strings.NewReplacer("${AWS::AccountId}", o.AccountID, "${AWS::Partition}", o.Partition, "${AWS::Region}", o.Region),
		},
		api: &definition.RestAPI{
			Resources:         map[string]*definition.Resource{},
			Models:            map[string]*definition.Model{},
			RequestValidators: map[string]*definition.RequestValidator{},
			Authorizers:       map[string]*definition.Authorizer{},
			GatewayResponses:  map[string]*definition.GatewayResponse{},
		},
		validators: map[string]string{},
		resources:  map[string]*definition.Resource{},
		variables:  map[string]string{},
		patterns:   map[string]error{},
		places:     map[*node]place{},
	}
}

// finish imports the document f and hands over the result. Without f the problem is known already.
func (im *importer) finish(f *file) (*Import, error) {
	if f != nil {
		im.run(f)
	}
	im.warnings = distinct(im.warnings)
	result := &Import{API: im.api, Warnings: im.warnings, Files: im.order, saysDisabled: im.saysDisabled, undocumented: im.options.IgnoreDocumentation}
	if len(im.problems) == 0 && im.options.FailOnWarnings {
		result.warned = len(im.warnings) > 0
		for _, w := range im.warnings {
			im.problems.Addf(w.Origin, "%s", w.Message)
		}
	}
	if len(im.problems) > 0 {
		result.API = nil
		return result, definition.Problems(distinct(im.problems))
	}
	im.api.Warnings = result.WarningTexts()
	return result, nil
}

// distinct drops repetitions: what several places refer to is read several times.
func distinct[T comparable](all []T) []T {
	seen := make(map[T]bool, len(all))
	return slices.DeleteFunc(all, func(v T) bool {
		again := seen[v]
		seen[v] = true
		return again
	})
}

func (im *importer) run(f *file) {
	im.doc = f.root
	if !im.recognise() {
		return
	}
	defer im.checkExtensions()
	if !im.info() {
		return
	}
	im.document = newDocumentation(im)
	im.endpoint()
	im.settings()
	im.requestValidators()
	im.securitySchemes()
	im.namedModels()
	im.basePath()
	im.paths()
	im.writeModels()
	im.gatewayResponses()
	im.document.finish()
}

// recognise checks that the document is one that an import reads.
func (im *importer) recognise() bool {
	at := im.doc.origin()
	if im.doc.kind != mapping {
		im.problems.Addf(at, InvalidInput+" the document must be an object, not %s", im.doc.kind)
		return false
	}
	swagger, openapi := im.doc.get("swagger"), im.doc.get("openapi")
	switch {
	case swagger != nil && swagger.text == "2.0":
		im.swagger = true
	case swagger != nil:
		im.problems.Addf(swagger.origin(), InvalidInput+" the swagger version must be \"2.0\", not %q", swagger.text)
		return false
	case openapi == nil && (im.doc.get("AWSTemplateFormatVersion") != nil || im.doc.get("Transform") != nil || im.doc.get("Resources") != nil):
		im.problems.Refusef(at, InvalidInput+" CloudFormation and SAM templates are not supported yet; name the OpenAPI document itself")
		return false
	case openapi == nil:
		im.problems.Addf(at, InvalidInput+" neither swagger nor openapi says which version the document has")
		return false
	case !strings.HasPrefix(openapi.text, "3.0"):
		im.problems.Refusef(openapi.origin(), InvalidInput+" OpenAPI %s is not supported; write the document in OpenAPI 3.0", openapi.text)
		return false
	}
	return true
}
