package app

import (
	"fmt"

	"github.com/gatehouse-gateway/gatehouse/internal/access/accesskey"
	"github.com/gatehouse-gateway/gatehouse/internal/awsclient"
	"github.com/gatehouse-gateway/gatehouse/internal/config"
	"github.com/gatehouse-gateway/gatehouse/sigv4"
)

// awsClient makes the client of AWS services that a configuration describes.
func awsClient(c *config.Serve) (*awsclient.Client, error) {
	opts := awsclient.Options{Endpoints: c.AWSEndpoints, Region: c.Region}
	if c.AWSCredentials != "" {
		id, secret, err := accesskey.ReadFile(c.AWSCredentials)
		if err != nil {
			return nil, fmt.Errorf("aws-credentials: %w", err)
		}
		opts.Credential = sigv4.Credential{AccessKeyID: id, Secret: sigv4.NewSecret(secret.Reveal())}
	}
	client, err := awsclient.New(opts)
	if err != nil {
		return nil, fmt.Errorf("aws-endpoints: %w", err)
	}
	return client, nil
}
