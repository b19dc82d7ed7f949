// Package jsonscan reads and writes JSON where it is met on the request path: in one pass, without a tree and without reflection.
// The scanner walks over a text and hands out pieces of it; the writer appends strings to a buffer.
package jsonscan
