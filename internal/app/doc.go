// Package app is the only place that knows every part of Gatehouse: it builds them from the configuration, runs them,
// and stops them in order.
package app
