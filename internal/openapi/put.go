package openapi

import (
	"fmt"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

// Put returns the API dst as PutRestApi leaves it: the import merged into it, or put in its place. mode is merge, overwrite
// or "", which means merge. What the document does not mention and an import could not bring stays: whether the default
// endpoint is disabled, and the documentation when the import ignored that of the document (unconfirmed).
//
// The error is a definition.Problems, for [Import.Refusal]; neither the import nor dst is changed.
func (i *Import) Put(dst *definition.RestAPI, mode string) (*definition.RestAPI, error) {
	put := Merge
	switch mode {
	case "", "merge":
	case "overwrite":
		put = Overwrite
	default:
		return nil, fmt.Errorf("Invalid mode specified: %s. Must be one of: [merge, overwrite]", mode)
	}
	api, err := put(dst, i.API)
	if err != nil {
		return nil, err
	}
	if !i.saysDisabled {
		api.DisableExecuteAPIEndpoint = dst.DisableExecuteAPIEndpoint
	}
	if i.undocumented {
		api.DocumentationVersion = dst.DocumentationVersion
		api.Documentation, _ = MergeDocumentation(dst.Documentation, nil)
	}
	return api, nil
}
