'use strict';
// An answer that is sent while it is made. Spec: functions A2.5.

const { Writable } = require('stream');
const { InvalidStreamingOperation, payload, headerValue } = require('./errors.cjs');

const ERROR_TYPE = 'Lambda-Runtime-Function-Error-Type';
const ERROR_BODY = 'Lambda-Runtime-Function-Error-Body';

class ResponseStream extends Writable {
  #wire;
  #id;
  #type = 'application/octet-stream';
  #begun = false;
  #ended = false;
  #acknowledged;
  #acknowledge;
  #finished;

  constructor(wire, id, highWaterMark) {
    super({ highWaterMark, decodeStrings: true });
    this.#wire = wire;
    this.#id = id;
    this.#acknowledged = new Promise((resolve) => (this.#acknowledge = resolve));
    this.#finished = new Promise((resolve) => this.once('finish', resolve));
    this.on('error', () => {}); // fail reports what ended the stream
  }

  // begun says whether anything was sent.
  get begun() {
    return this.#begun;
  }

  // acknowledged is settled when the Runtime API has all of the stream.
  get acknowledged() {
    return this.#acknowledged;
  }

  // finished is settled when all of the stream was sent.
  get finished() {
    return this.#finished;
  }

  setContentType(type) {
    if (this.#begun) throw new InvalidStreamingOperation('Cannot set content-type, too late.');
    if (/[^\t\x20-\x7e]/.test(type)) throw new InvalidStreamingOperation('Invalid content-type.');
    this.#type = type;
  }

  write(chunk, encoding, callback) {
    const plain = typeof chunk === 'string' || chunk instanceof Uint8Array;
    return super.write(plain ? chunk : JSON.stringify(chunk), encoding, callback);
  }

  _write(chunk, _encoding, callback) {
    this.#begin();
    if (chunk.length === 0) return callback();
    this.#send(chunk, callback);
  }

  _final(callback) {
    this.#begin();
    this.#ended = true;
    this.#wire.write('0\r\n\r\n', callback);
  }

  // fail ends a stream that has begun with the error in its trailers; one that is whole already stays so.
  fail(error) {
    if (this.#ended) return;
    this.#ended = true;
    const body = payload(error);
    const base64 = Buffer.from(JSON.stringify(body)).toString('base64');
    this.#wire.write(`0\r\n${ERROR_TYPE}: ${headerValue(body.errorType)}\r\n${ERROR_BODY}: ${base64}\r\n\r\n`);
    this.destroy();
  }

  #begin() {
    if (this.#begun) return;
    this.#begun = true;
    const headers = `Content-Type: ${this.#type}\r\nLambda-Runtime-Function-Response-Mode: streaming\r\nTrailer: ${ERROR_TYPE}, ${ERROR_BODY}\r\n`;
    this.#wire.write(this.#wire.stream(this.#id, headers, () => this.#acknowledge()));
    this._onBeforeFirstWrite?.((chunk) => this.#send(Buffer.from(chunk)));
  }

  #send(chunk, callback) {
    this.#wire.socket.cork();
    this.#wire.write(chunk.length.toString(16) + '\r\n');
    this.#wire.write(chunk);
    this.#wire.write('\r\n', callback);
    this.#wire.socket.uncork();
  }
}

module.exports = ResponseStream;
