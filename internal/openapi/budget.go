package openapi

import (
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

// Bounds of what a document may make an import do, ours: a few bytes that are referred to from many places are much work.
const (
	maxVisits   = 1_000_000 // values read, again for every reference; real documents of 6 MB read some 300,000
	maxFindings = 1_000     // problems, and warnings, that are kept
	maxKey      = 256       // bytes of a name in a JSON path
)

// visit takes n values from the budget. When it is spent, nothing more is read.
func (l *loader) visit(at *node, n int) bool {
	if l.visits > maxVisits {
		return false
	}
	if l.visits += n; l.visits > maxVisits {
		l.problems.Addf(at.origin(), "the document makes more than %d values, counting what it refers to each time", maxVisits)
		return false
	}
	return true
}

// full reports whether enough problems are known.
func (l *loader) full() bool { return len(l.problems) >= maxFindings }

func (im *importer) warnf(n *node, format string, args ...any) {
	if len(im.warnings) >= maxFindings {
		return
	}
	var p definition.Problems
	p.Addf(n.origin(), format, args...)
	im.warnings = append(im.warnings, Warning{p[0].Origin, p[0].Message})
}

func (im *importer) addf(n *node, format string, args ...any) {
	if !im.full() {
		im.problems.Addf(n.origin(), format, args...)
	}
}
