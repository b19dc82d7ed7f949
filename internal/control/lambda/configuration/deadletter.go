package configuration

import (
	"github.com/gatehouse-gateway/gatehouse/internal/awsclient"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/notify"
)

// CheckDeadLetter refuses a target of dead letters that is neither a queue of SQS nor a topic of SNS, or that there is no way to. The
// words are ours (unconfirmed).
func CheckDeadLetter(client *awsclient.Client, in *Members) error {
	if in.DeadLetterConfig == nil || wire.Value(in.DeadLetterConfig.TargetArn) == "" {
		return nil
	}
	arn := *in.DeadLetterConfig.TargetArn
	target, err := notify.Parse(arn)
	if err != nil || target.Service() != awsclient.SQS && target.Service() != awsclient.SNS {
		return wire.Invalid("The dead letter target %s is invalid: it must be the ARN of a standard queue of SQS or a standard topic of SNS.", arn)
	}
	if err := notify.Check(client, target); err != nil {
		return wire.Invalid("The dead letter target %s cannot be reached: %v", arn, err)
	}
	return nil
}
