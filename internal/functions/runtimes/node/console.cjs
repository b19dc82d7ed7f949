'use strict';
// The console writes what the log of the service has: in text a line of time, request id, level and message, in JSON an
// object a line. A line end inside of a message becomes a carriage return, so that a message stays one line. Spec: functions
// D4.

const { writeSync } = require('fs');
const { format } = require('util');

const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];
const METHODS = [['trace', 'TRACE'], ['debug', 'DEBUG'], ['info', 'INFO'], ['log', 'INFO'], ['warn', 'WARN'], ['error', 'ERROR'], ['fatal', 'FATAL']];

const asJSON = process.env.AWS_LAMBDA_LOG_FORMAT?.toUpperCase() === 'JSON';

let requestId;

// setRequestId names the invocation that lines belong to from now on.
function setRequestId(id) {
  requestId = id;
}

function patch() {
  const from = Math.max(LEVELS.indexOf(process.env.AWS_LAMBDA_LOG_LEVEL?.toUpperCase()), 0);
  const line = asJSON ? jsonLine : textLine;
  for (const [method, level] of METHODS) {
    const wanted = LEVELS.indexOf(level) >= from || level === 'FATAL';
    console[method] = wanted ? (...values) => write(line(level, values).replaceAll('\n', '\r') + '\n') : () => {};
  }
}

function textLine(level, values) {
  return `${new Date().toISOString()}\t${requestId}\t${level}\t${format(...values)}`;
}

function jsonLine(level, values) {
  const line = { timestamp: new Date().toISOString(), level, requestId };
  if (values.length === 1) {
    line.message = values[0];
    try {
      return JSON.stringify(line, (_, value) => withStack(value));
    } catch {
      line.message = format(values[0]);
      return JSON.stringify(line);
    }
  }
  line.message = format(...values);
  const error = values.find((value) => value instanceof Error);
  return JSON.stringify(error === undefined ? line : Object.assign(line, described(error)));
}

function withStack(value) {
  return value instanceof Error ? Object.assign(described(value), value) : value;
}

function described(error) {
  const stack = typeof error.stack === 'string' ? require('./errors.cjs').lines(error.stack) : [];
  return { errorType: error.constructor?.name ?? 'UnknownError', errorMessage: error.message, stackTrace: stack };
}

// logError reports an error of the function, titled.
function logError(title, error) {
  const { intoError, formatted } = require('./errors.cjs');
  if (asJSON) console.error(intoError(error));
  else console.error(title, formatted(intoError(error)));
}

// write puts all of text on standard output before it returns. The pipe may be full: then it waits.
function write(text) {
  let bytes = Buffer.from(text);
  while (bytes.length > 0) {
    try {
      bytes = bytes.subarray(writeSync(1, bytes));
    } catch (error) {
      if (error.code !== 'EAGAIN') return; // nobody reads the log any more
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

module.exports = { patch, setRequestId, logError };
