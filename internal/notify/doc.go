// Package notify tells targets outside of Gatehouse of something: queues of SQS, topics of SNS, buses of EventBridge, buckets of S3, and
// web servers.
//
//	target, err := notify.Parse("arn:aws:sqs:eu-west-1:111111111111:failed")
//	err = notify.Check(client, target)          // nowhere to send it to: aws-endpoints has no SQS
//	err = notify.Send(ctx, client, target, notify.Message{Body: record, …})
//
// A web server is a target of our own, with its address in place of an ARN: the body is posted to it as JSON, and any status from 200 to
// 299 says that it has it.
//
// Sending is tried again as package awsclient does it. A target may therefore be told twice. Spec: functions C.
package notify
