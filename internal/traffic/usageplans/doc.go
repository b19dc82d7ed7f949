// Package usageplans decides what the keys of usage plans may still call, and counts what they called.
//
//	tiers := plans.In("123456789012", "eu-west-1")
//	tiers.Put(usageplans.Plan{ID: "p1", Quota: &definition.Quota{Limit: 1000, Period: "DAY"}, Stages: …})
//	switch v := tiers.Tier("p1").Admit(&usageplans.Request{KeyID: "k1", Stage: stage, At: now}); v.Refused {
//	case usageplans.Throttled: // 429
//	case usageplans.OverQuota: // 429
//	}
//
// A request takes a token of its method's bucket if the plan has an entry for the method, else one of the key's bucket in the plan, and
// then counts against the quota: exactly, on one node. What is throttled is not counted; what is admitted is, whatever becomes of it
// (unconfirmed). Plans may change at any time: buckets stay as full as they are, a limit of the quota counts at once, another period is
// another count. Time is handed in. Spec: traffic 2.3, 3.2, 3.3.
//
// Counts live in memory, outlive changes of their plan, and are for somebody else to store: Drain gives what was counted since the last
// time, Restore takes what an earlier process counted.
package usageplans
