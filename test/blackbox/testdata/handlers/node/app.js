// Handlers of every kind. Those that fail do so unless the event says good.
exports.good = async () => 'good';
exports.async = async (event, context) => ({ event, name: context.functionName });
exports.promise = (event) => Promise.resolve({ promised: event });
exports.plain = (event) => ({ plain: event });
exports.callback = (event, context, callback) => callback(null, { called: event });
exports.waits = (event, context, callback) => {
  const order = ['called'];
  setTimeout(() => order.push('timer'), 20);
  callback(null, order);
};
exports.waitsNot = (event, context, callback) => {
  context.callbackWaitsForEmptyEventLoop = false;
  setTimeout(() => {}, 600_000);
  callback(null, 'at once');
};
exports.drains = (event) => {
  setTimeout(() => setTimeout(() => {}, 5), 5);
  return 'nobody sees this';
};
exports.deeply = { nested: { handler: async () => 'deep' } };
exports.noFunction = 7;

exports.callbackError = (event, context, callback) => {
  if (event.good) return callback(null, 'good');
  setTimeout(() => callback(new RangeError('called back')), 1);
};
exports.throws = async (event) => {
  if (event.good) return 'good';
  throw new TypeError('boom: "ü"');
};
exports.throwsAtOnce = (event, context, callback) => {
  if (event.good) return callback(null, 'good');
  throw new Error('at once');
};
class OutOfStock extends Error {
  name = 'OutOfStock';
  item = 7;
}
exports.custom = async (event) => {
  if (event.good) return 'good';
  throw new OutOfStock('no more chairs');
};
exports.rejectsText = (event) => (event.good ? Promise.resolve('good') : Promise.reject('only text'));
exports.rejectsObject = (event) => (event.good ? Promise.resolve('good') : Promise.reject({ code: 5 }));
exports.circular = async (event) => {
  const o = {};
  if (!event.good) o.o = o;
  return event.good ? 'good' : o;
};
exports.unhandled = async (event) => {
  if (event.good) return 'good';
  Promise.reject(new Error('nobody looks'));
  return new Promise(() => setTimeout(() => {}, 600_000));
};
exports.uncaught = async (event) => {
  if (event.good) return 'good';
  setTimeout(() => {
    throw new Error('nobody catches');
  }, 1);
  return new Promise(() => setTimeout(() => {}, 600_000));
};
exports.never = async (event) => (event.good ? 'good' : new Promise(() => {}));
exports.exits = async (event) => (event.good ? 'good' : process.exit(3));
