package docparts

import (
	"github.com/gatehouse-gateway/gatehouse/awsproto"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

// Operations are the operations on documentation.
type Operations struct{ state *state.State }

// New returns the operations on the documentation in s.
func New(s *state.State) *Operations { return &Operations{s} }

// Bind connects the operations to their names in the model.
func (o *Operations) Bind(s *awsproto.Service) {
	wire.Bind(s, "CreateDocumentationPart", o.createPart)
	wire.Bind(s, "GetDocumentationPart", o.getPart)
	wire.Bind(s, "GetDocumentationParts", o.getParts)
	wire.Bind(s, "UpdateDocumentationPart", o.updatePart)
	wire.Bind(s, "DeleteDocumentationPart", o.deletePart)
	wire.Bind(s, "ImportDocumentationParts", o.importParts)

	wire.Bind(s, "CreateDocumentationVersion", o.createVersion)
	wire.Bind(s, "GetDocumentationVersion", o.getVersion)
	wire.Bind(s, "GetDocumentationVersions", o.getVersions)
	wire.Bind(s, "UpdateDocumentationVersion", o.updateVersion)
	wire.Bind(s, "DeleteDocumentationVersion", o.deleteVersion)
}

// document is what an edit works on.
type document = definition.RestAPIDocument

// part is a documentation part.
type part = definition.DocumentationPart
