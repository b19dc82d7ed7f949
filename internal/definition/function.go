package definition

import "time"

// Function is a Lambda function as it is stored: its newest version, the published ones, aliases, policies. It is one unit of
// compare-and-set. Spec: functions B2 to B5.
type Function struct {
	AccountID string `json:"accountId,omitzero"` // 12 digits
	Region    string `json:"region,omitzero"`
	Name      string `json:"name,omitzero"`
	// Latest is the version that can be changed.
	Latest   FunctionVersion             `json:"latest,omitzero"`
	Versions map[string]*FunctionVersion `json:"versions,omitzero"` // the published ones, by number
	// LastVersion is the highest number that was ever given to a version: none is given twice.
	LastVersion int                        `json:"lastVersion,omitzero"`
	Aliases     map[string]*FunctionAlias  `json:"aliases,omitzero"`  // by name
	Policies    map[string]*FunctionPolicy `json:"policies,omitzero"` // by qualifier; "" is that of the function
	Tags        map[string]string          `json:"tags,omitzero"`
	// ReservedConcurrency is nil when there is none; 0 stops the function.
	ReservedConcurrency *int `json:"reservedConcurrency,omitzero"`
	// Provisioned says how many environments are kept ready, by version or alias.
	Provisioned map[string]*FunctionProvisioned `json:"provisioned,omitzero"`
	// EventInvoke says how events are treated that are run later, by qualifier, $LATEST being that of the function itself.
	EventInvoke map[string]*FunctionEventInvoke `json:"eventInvoke,omitzero"`
	// URLs are the function's own HTTP addresses by alias; "" is that of the function itself.
	URLs map[string]*FunctionURL `json:"urls,omitzero"`
	// ClosedURLs are the ids of the last URLs that were lost with their aliases, oldest first: requests for them are told so.
	ClosedURLs []string `json:"closedUrls,omitzero"`
	// RecursiveLoop is Allow, or "" for Terminate.
	RecursiveLoop string `json:"recursiveLoop,omitzero"`
}

// FunctionEventInvoke is how the events of a function, a version or an alias are treated that are run later. Spec: functions C.
type FunctionEventInvoke struct {
	MaximumRetryAttempts *int      `json:"maximumRetryAttempts,omitzero"` // nil: the usual two
	MaximumEventAge      int       `json:"maximumEventAge,omitzero"`      // seconds; 0: the usual six hours
	OnSuccess            string    `json:"onSuccess,omitzero"`            // ARN, or the address of a web server; "": none
	OnFailure            string    `json:"onFailure,omitzero"`            // ARN, or the address of a web server; "": none
	LastModified         time.Time `json:"lastModified,omitzero"`
}

// FunctionProvisioned is the provisioned concurrency of a version or an alias. Spec: functions D1.
type FunctionProvisioned struct {
	Requested    int       `json:"requested,omitzero"` // environments
	LastModified time.Time `json:"lastModified,omitzero"`
}

// ProvisionedTotal is how many environments of a function are kept ready.
func (f *Function) ProvisionedTotal() (n int) {
	for _, p := range f.Provisioned {
		n += p.Requested
	}
	return n
}

// FunctionVersion is the code and the configuration of one version.
type FunctionVersion struct {
	Description      string   `json:"description,omitzero"`
	Role             string   `json:"role,omitzero"`
	Runtime          string   `json:"runtime,omitzero"`
	Handler          string   `json:"handler,omitzero"`
	Timeout          int      `json:"timeout,omitzero"`          // seconds
	MemorySize       int      `json:"memorySize,omitzero"`       // MB
	EphemeralStorage int      `json:"ephemeralStorage,omitzero"` // MB
	Architectures    []string `json:"architectures,omitzero"`
	Code             Code     `json:"code,omitzero"`
	// Layers are what /opt holds, in the order in which they are unpacked.
	Layers []FunctionLayer `json:"layers,omitzero"`
	// Environment are the variables as JSON, sealed: they are secrets. nil: none were given.
	Environment []byte `json:"environment,omitzero"`
	// EnvironmentDigest is the keyed digest of the variables: it tells whether they changed without opening them.
	EnvironmentDigest string `json:"environmentDigest,omitzero"`
	// DeadLetter is the ARN of the queue or topic that gets events that were given up; "": none.
	DeadLetter   string          `json:"deadLetter,omitzero"`
	Logging      FunctionLogging `json:"logging,omitzero"`
	LastModified time.Time       `json:"lastModified,omitzero"`
	RevisionID   string          `json:"revisionId,omitzero"` // a UUID; another one after every change
	// Source is, of a published version, the digest of what the newest version was when this one was published.
	Source string `json:"source,omitzero"`
}

// Code is an uploaded zip file. Its bytes are a snapshot.
type Code struct {
	Digest string `json:"digest,omitzero"` // SHA-256 of what is stored, in hexadecimal digits
	// SHA256 is that of the zip file, which is stored sealed; "": it is stored as it is.
	SHA256 string `json:"sha256,omitzero"`
	Size   int64  `json:"size,omitzero"` // of the zip file, in bytes
	// Unzipped is the size of its files in bytes, as the zip file says; 0: it was not asked when the file was stored.
	Unzipped int64 `json:"unzipped,omitzero"`
}

// ZipSHA256 is the SHA-256 of the zip file in hexadecimal digits.
func (c Code) ZipSHA256() string {
	if c.SHA256 != "" {
		return c.SHA256
	}
	return c.Digest
}

// FunctionLogging says how the logs of a function look and where they go. "" are the defaults.
type FunctionLogging struct {
	Format           string `json:"format,omitzero"` // Text or JSON
	ApplicationLevel string `json:"applicationLevel,omitzero"`
	SystemLevel      string `json:"systemLevel,omitzero"`
	Group            string `json:"group,omitzero"`
}

// FunctionAlias is a name for one version, or with weights for two.
type FunctionAlias struct {
	Name        string             `json:"name,omitzero"`
	Description string             `json:"description,omitzero"`
	Version     string             `json:"version,omitzero"`
	Weights     map[string]float64 `json:"weights,omitzero"` // of a further version: its share of the calls, 0 to 1
	RevisionID  string             `json:"revisionId,omitzero"`
}

// FunctionPolicy says who may invoke a function by one qualifier.
type FunctionPolicy struct {
	Statements []FunctionStatement `json:"statements,omitzero"` // in the order in which they were added
	RevisionID string              `json:"revisionId,omitzero"`
}

// FunctionStatement is a statement of a policy as JSON, with its id.
type FunctionStatement struct {
	ID   string `json:"id,omitzero"`
	Text string `json:"text,omitzero"`
}

// Document is the policy as JSON.
func (p *FunctionPolicy) Document() string {
	text := `{"Version":"2012-10-17","Id":"default","Statement":[`
	for i, s := range p.Statements {
		if i > 0 {
			text += ","
		}
		text += s.Text
	}
	return text + `]}`
}

// EnvironmentName is what the environments of a function are sealed for.
func EnvironmentName(accountID, region, function string) string {
	return "function-environment/" + accountID + "/" + region + "/" + function
}
