package endpoint

import "github.com/gatehouse-gateway/gatehouse/awsproto"

const stsNamespace = "https://sts.amazonaws.com/doc/2011-06-15/"

// serveSTS answers GetCallerIdentity, which Terraform and the CLI ask first; every other action is refused by name.
func (c *call) serveSTS() error {
	values, err := c.queryValues()
	if err != nil {
		return err
	}
	c.op = values.Get("Action")
	switch {
	case c.op == "":
		return awsproto.NewError(400, "MissingAction", "The parameter Action is missing.")
	case values.Get("Version") != stsVersion:
		return awsproto.NewError(400, "InvalidAction", "Could not find operation "+c.op+" for version "+values.Get("Version"))
	case c.op != "GetCallerIdentity":
		return awsproto.NewError(400, "InvalidAction", "The operation "+c.op+" of the service sts is not supported.")
	}
	res := c.begin(200)
	res.Header.Add("Content-Type", "text/xml")
	res.Body = []byte(`<GetCallerIdentityResponse xmlns="` + stsNamespace + `"><GetCallerIdentityResult><Arn>` + escapeXML(c.from.ARN()) +
		"</Arn><UserId>" + escapeXML(c.from.UserID()) + "</UserId><Account>" + escapeXML(c.from.AccountID) + "</Account></GetCallerIdentityResult>" +
		"<ResponseMetadata><RequestId>" + escapeXML(c.id) + "</RequestId></ResponseMetadata></GetCallerIdentityResponse>\n")
	return nil
}
