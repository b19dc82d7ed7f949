// Package eventsource has the operations on event source mappings: which functions are fed from which queues. Spec: functions B8.
//
// What a call changed is stored, and in use, when the call is answered: the states on the way (Creating, Updating, Deleting) are in the
// answer of that call alone.
package eventsource
