'use strict';
// The Node.js runtime: loads the handler, then serves one invocation after another. Spec: functions A2, A4, A6.1.

const env = process.env;
const log = require('./console.cjs');
const Wire = require('./wire.cjs');
const { load, streaming } = require('./load.cjs');
const errors = () => require('./errors.cjs'); // nothing of it is needed while all goes well

// What every context says, read once: the environment is slow to read.
const {
  AWS_LAMBDA_FUNCTION_VERSION: functionVersion,
  AWS_LAMBDA_FUNCTION_NAME: functionName,
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: memoryLimitInMB,
  AWS_LAMBDA_LOG_GROUP_NAME: logGroupName,
  AWS_LAMBDA_LOG_STREAM_NAME: logStreamName,
} = env;

const JSON_TYPE = 'Content-Type: application/json\r\n';
const LAST_WORDS_MS = 2000;

// From Node.js 24 on, handlers return their result or a promise of it, and there are no callbacks. The identifier decides,
// not the engine.
const withCallbacks = parseInt(/nodejs(\d+)/.exec(env.AWS_EXECUTION_ENV)?.[1] ?? process.versions.node, 10) < 24;

const CALLBACKS_REMOVED =
  'ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to modify this function to use a supported handler signature to use Node.js 24 or later. For more information see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.';
const NEVER_SETTLED =
  'The Lambda runtime client detected an unexpected Node.js exit code. This is most commonly caused by a Promise that was never settled. For more information, see https://nodejs.org/docs/latest/api/process.html#exit-codes';

// A handler is called as a method of a Runtime, as the public client does: traces say so.
class Runtime {}
const runtime = new Runtime();

let wire;
let serve; // how the handler is called: serve(invocation, event)
let current = null; // the invocation that runs; null: none
let initializing = true;
let exiting = false;
let onIdle = () => process.exit(13); // what an empty event loop means; during initialization, that loading never ends

function main() {
  log.patch();
  process.on('uncaughtException', (error) => crash('Uncaught Exception', error, 129));
  process.on('unhandledRejection', (reason, promise) => {
    crash('Unhandled Promise Rejection', errors().rejection(reason, promise), 128);
  });
  process.on('beforeExit', () => {
    const then = onIdle;
    onIdle = null;
    then?.();
  });
  wire = new Wire(env.AWS_LAMBDA_RUNTIME_API, () => process.exit(1));
  load(env.LAMBDA_TASK_ROOT ?? process.cwd(), env._HANDLER).then(start).catch((error) => crash('Uncaught Exception', error, 129));
}

function start(handler) {
  runtime.handler = handler;
  const stream = streaming(handler);
  if (stream !== undefined) serve = (invocation, event) => serveStream(invocation, event, stream);
  else if (withCallbacks) serve = serveWithCallbacks;
  else if (handler.length >= 3) throw new (errors().CallbackHandlerDeprecated)(CALLBACKS_REMOVED);
  else serve = servePromise;
  initializing = false;
  onIdle = null;
  wire.poll(invoked);
}

// invoked runs the handler on an event.
function invoked(headers, text) {
  const id = headers['lambda-runtime-aws-request-id'];
  const invocation = { id, headers, stream: undefined };
  current = invocation;
  log.setRequestId(id);
  const trace = headers['lambda-runtime-trace-id'];
  if (trace) env._X_AMZN_TRACE_ID = trace;
  else delete env._X_AMZN_TRACE_ID;
  serve(invocation, text);
}

// serveWithCallbacks is the model up to Node.js 22: an async handler answers when its promise settles, any other handler with
// the callback or with null, and then when the event loop is empty. The first answer counts.
function serveWithCallbacks(invocation, text) {
  let settled = false;
  const once = (answer) => (...values) => {
    if (settled) return;
    settled = true;
    onIdle = null;
    answer(...values);
  };
  const done = (error, result) => (error === undefined || error === null ? succeed(invocation, result) : fail(invocation, error));
  const context = contextOf(invocation);
  context.callbackWaitsForEmptyEventLoop = true;
  context.done = once(done);
  context.succeed = once((result) => succeed(invocation, result));
  context.fail = once((error) => fail(invocation, error ?? 'handled'));
  const callback = once((error, result) => {
    if (error !== undefined && error !== null) fail(invocation, error);
    else if (!context.callbackWaitsForEmptyEventLoop) succeed(invocation, result);
    else onIdle = () => succeed(invocation, result);
  });
  const neverSettled = () => fail(invocation, new (errors().NodeJsExit)(NEVER_SETTLED));
  onIdle = once(runtime.handler.constructor?.name === 'AsyncFunction' ? neverSettled : () => succeed(invocation, null));
  try {
    const result = runtime.handler(JSON.parse(text), parsed(context, invocation), callback);
    if (isPromise(result)) result.then(context.succeed, context.fail);
  } catch (error) {
    callback(error);
  }
}

// servePromise is the model from Node.js 24 on.
async function servePromise(invocation, text) {
  onIdle = () => fail(invocation, new (errors().NodeJsExit)(NEVER_SETTLED));
  try {
    const result = await runtime.handler(JSON.parse(text), parsed(contextOf(invocation), invocation));
    succeed(invocation, result);
  } catch (error) {
    fail(invocation, error);
  }
}

// serveStream serves a handler that streams its answer: the invocation is over when the stream is finished and the promise of
// the handler settled.
async function serveStream(invocation, text, { highWaterMark }) {
  const ResponseStream = require('./stream.cjs');
  const stream = new ResponseStream(wire, invocation.id, highWaterMark);
  invocation.stream = stream;
  onIdle = () => fail(invocation, new Error('Response stream is not finished.'));
  try {
    const context = contextOf(invocation);
    if (withCallbacks) context.callbackWaitsForEmptyEventLoop = true;
    const promise = runtime.handler(JSON.parse(text), stream, parsed(context, invocation));
    if (!isPromise(promise)) throw new Error('Streaming does not support non-async handlers.');
    if ((await promise) !== undefined) console.warn('Streaming handlers ignore return values.');
    await stream.finished;
    if (current !== invocation) return;
    finish();
    wire.poll(invoked);
  } catch (error) {
    if (current === invocation) fail(invocation, error);
  }
}

function isPromise(value) {
  return typeof value?.then === 'function';
}

// contextOf is the second argument of a handler. Spec: functions A2.1, A5.
function contextOf({ headers }) {
  const deadline = Number(headers['lambda-runtime-deadline-ms']);
  const context = {
    functionVersion,
    functionName,
    memoryLimitInMB,
    logGroupName,
    logStreamName,
    clientContext: undefined,
    identity: undefined,
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    tenantId: headers['lambda-runtime-aws-tenant-id'],
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
  if (!withCallbacks) context.xRayTraceId = headers['lambda-runtime-trace-id'];
  return context;
}

// parsed adds what comes as JSON in headers to a context.
function parsed(context, { headers }) {
  context.clientContext = parseHeader(headers['lambda-runtime-client-context'], 'ClientContext');
  context.identity = parseHeader(headers['lambda-runtime-cognito-identity'], 'CognitoIdentity');
  return context;
}

function parseHeader(text, name) {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`Cannot parse ${name} as json: ${error}`);
  }
}

function succeed(invocation, result) {
  let body;
  try {
    body = JSON.stringify(result === undefined ? null : result);
  } catch {
    return fail(invocation, new (withCallbacks ? Error : errors().JSONStringifyError)('Unable to stringify response body'));
  }
  if (exiting || current !== invocation) return;
  finish();
  wire.answer(invocation.id, 'response', JSON_TYPE, body ?? '', invoked);
}

function fail(invocation, error) {
  if (exiting || current !== invocation) return;
  log.logError('Invoke Error', error);
  finish();
  if (invocation.stream?.begun) {
    invocation.stream.fail(error);
    wire.poll(invoked);
    return;
  }
  invocation.stream?.destroy();
  wire.answer(invocation.id, 'error', ...errors().report(error), invoked);
}

// finish ends the invocation that runs: its late results are nobody's.
function finish() {
  current = null;
  onIdle = null;
}

// crash reports what nobody caught and ends the process.
function crash(title, error, status) {
  if (exiting) return;
  log.logError(title, error);
  exiting = true;
  const exit = () => process.exit(status);
  if (!initializing && current === null) return exit(); // the connection waits for the next event: nothing can be reported
  setTimeout(exit, LAST_WORDS_MS);
  if (current?.stream?.begun) {
    current.stream.acknowledged.then(exit);
    current.stream.fail(error);
    return;
  }
  const path = initializing ? 'init/error' : `invocation/${encodeURIComponent(current.id)}/error`;
  wire.last(path, ...errors().report(error), exit);
}

main();
