'use strict';
// Errors as callers and logs see them. Spec: functions A6.1, D4.

const { isNativeError } = require('util').types;

const OWN_FRAMES = __dirname + '/';

function named(type) {
  const error = class extends Error {};
  error.prototype.name = type;
  return error;
}

const types = {
  HandlerNotFound: named('Runtime.HandlerNotFound'),
  MalformedHandlerName: named('Runtime.MalformedHandlerName'),
  ImportModuleError: named('Runtime.ImportModuleError'),
  UserCodeSyntaxError: named('Runtime.UserCodeSyntaxError'),
  MalformedStreamingHandler: named('Runtime.MalformedStreamingHandler'),
  InvalidStreamingOperation: named('Runtime.InvalidStreamingOperation'),
  UnhandledPromiseRejection: named('Runtime.UnhandledPromiseRejection'),
  CallbackHandlerDeprecated: named('Runtime.CallbackHandlerDeprecated'),
  JSONStringifyError: named('Runtime.JSONStringifyError'),
  NodeJsExit: named('Runtime.NodeJsExit'),
};

// lines are the lines of a stack without those of this bootstrap and of what calls it, which are no part of the function.
function lines(stack) {
  const all = stack.split('\n');
  const last = all.findLastIndex((line) => line.includes(OWN_FRAMES));
  if (last < 0) return all;
  return all.filter((line, i) => !line.includes(OWN_FRAMES) && (i < last || !/[( ]node:/.test(line)));
}

const visible = (text) => text.replaceAll('\x7f', '%7F');

// payload is what the caller of the function gets.
function payload(error) {
  try {
    if (isNativeError(error) || looksLikeError(error)) {
      return { errorType: visible(error.name), errorMessage: visible(error.message), trace: lines(visible(error.stack)) };
    }
    return { errorType: typeof error, errorMessage: error.toString(), trace: [] };
  } catch {
    return {
      errorType: 'handled',
      errorMessage: 'callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack',
    };
  }
}

function looksLikeError(e) {
  return e && [e.name, e.message, e.stack].every((part) => part && typeof part === 'string');
}

// report is an error as the Runtime API takes it: the header that names its type, and the body.
function report(error) {
  const body = payload(error);
  return [`Content-Type: application/json\r\nLambda-Runtime-Function-Error-Type: ${headerValue(body.errorType)}\r\n`, JSON.stringify(body)];
}

const headerValue = (text) => text.replace(/[^\x20-\x7e]/g, '?');

// text is what value says of itself; it may be anything that can be thrown.
function text(value) {
  try {
    return String(value);
  } catch {
    return typeof value;
  }
}

const intoError = (value) => (value instanceof Error ? value : new Error(text(value)));

// rejection is the error of a promise that was rejected and that nobody looked at.
function rejection(reason, promise) {
  return Object.assign(new types.UnhandledPromiseRejection(text(reason)), { reason, promise });
}

// loggable makes the parts of an error that JSON.stringify leaves out visible to it.
function loggable(value) {
  if (!(value instanceof Error)) return value;
  const parts = Object.assign({ errorType: value.name, errorMessage: value.message, code: value.code }, value);
  if (typeof value.stack === 'string') parts.stack = lines(value.stack);
  return parts;
}

// formatted is the error of a log line in text format.
function formatted(error) {
  try {
    return '\t' + JSON.stringify(error, (_, value) => loggable(value));
  } catch {
    return '\t' + JSON.stringify(payload(error));
  }
}

module.exports = { ...types, lines, payload, report, headerValue, intoError, rejection, formatted };
