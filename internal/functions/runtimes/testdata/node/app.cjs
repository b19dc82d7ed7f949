// Handlers that answer, in every way that there is.
exports.echo = async (event) => event;
exports.nothing = async () => {};
exports.context = async (event, context) => ({ ...context, type: typeof context.getRemainingTimeInMillis(), trace: process.env._X_AMZN_TRACE_ID });
exports.callback = (event, context, callback) => callback(null, { got: event });
exports.late = (event, context, callback) => {
  globalThis.order = [];
  setTimeout(() => order.push('timer'), 20);
  callback(null, order);
};
exports.early = (event, context, callback) => {
  context.callbackWaitsForEmptyEventLoop = false;
  setTimeout(() => {}, 60_000);
  callback(null, 'early');
};
exports.twice = (event, context, callback) => {
  callback(null, 1);
  callback(null, 2);
};
exports.forgotten = (event, context) => 'nobody sees this';
exports.sync = (event) => ({ sync: event });
exports.promise = (event) => Promise.resolve('promised');
exports.done = (event, context) => context.done(null, 'done');
exports.succeed = (event, context) => setTimeout(() => context.succeed('succeeded'), 1);
exports.deeply = { nested: { handler: async () => 'deep' } };
exports.notAFunction = 7;
exports.unicode = async () => 'zażółć 🚪';
exports.big = async (event) => 'x'.repeat(event.size);
exports.length = async (event) => event.length;
exports.count = async () => (globalThis.n = (globalThis.n ?? 0) + 1);

// Handlers that fail.
exports.throws = async () => {
  throw new TypeError('boom');
};
exports.throwsSync = () => {
  throw new RangeError('sync boom');
};
exports.throwsText = async () => {
  throw 'text';
};
exports.callbackError = (event, context, callback) => callback('callback text');
exports.fails = (event, context) => context.fail();
exports.circular = async () => {
  const o = {};
  o.o = o;
  return o;
};
exports.never = async () => new Promise(() => {});
exports.custom = async () => {
  const e = new Error('with code');
  e.name = 'Custom\x7fName';
  e.code = 'E_CODE';
  throw e;
};
exports.uncaught = async () => {
  setTimeout(() => {
    throw new Error('nobody catches');
  }, 1);
  return new Promise(() => setTimeout(() => {}, 60_000));
};
exports.rejected = async () => {
  Promise.reject(new Error('nobody looks'));
  return new Promise(() => setTimeout(() => {}, 60_000));
};
exports.exits = async () => process.exit(3);
exports.badResult = async () => 1n;

// Handlers that write logs.
exports.logs = async () => {
  console.log('hello %s', 'world', { a: 1 });
  console.info('two\nlines');
  console.debug('debug');
  console.warn('warn');
  console.error(new Error('logged').message);
  console.trace('trace');
  console.log({ some: 'object' });
  console.log(new TypeError('an error').message, 1);
};

// Handlers that stream.
const { streamifyResponse, HttpResponseStream } = awslambda;
exports.stream = streamifyResponse(async (event, stream) => {
  stream.write('one ');
  stream.write({ two: 2 });
  stream.write(Buffer.from(' three'));
  stream.end();
});
exports.streamHTTP = streamifyResponse(async (event, stream) => {
  stream = HttpResponseStream.from(stream, { statusCode: 201, headers: { 'x-a': 'b' } });
  stream.write('body');
  stream.end();
});
exports.streamFails = streamifyResponse(async (event, stream) => {
  stream.write('begun');
  throw new Error('mid-stream');
});
exports.streamFailsFirst = streamifyResponse(async () => {
  throw new Error('before');
});
exports.streamOpen = streamifyResponse(async (event, stream) => {
  stream.write('never ends');
});
exports.streamBig = streamifyResponse(
  async (event, stream) => {
    const { pipeline } = require('stream/promises');
    const { Readable } = require('stream');
    await pipeline(Readable.from((function* () { for (let i = 0; i < 64; i++) yield Buffer.alloc(65536, 97 + (i % 26)); })()), stream);
  },
  { highWaterMark: 1024 },
);
exports.streamCrashes = streamifyResponse(async (event, stream) => {
  stream.write('begun');
  setTimeout(() => {
    throw new Error('nobody catches');
  }, 1);
  return new Promise(() => setTimeout(() => {}, 60_000));
});
exports.logsMuch = async () => {
  for (let i = 0; i < 300; i++) console.log('x'.repeat(10_000));
};
