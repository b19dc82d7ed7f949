'use strict';
// The conversation with the Runtime API: one socket, HTTP/1.1 of exactly the kind our own server speaks. An answer and the
// poll for the next event leave in one write. Spec: functions A2.

const net = require('net');

const ROOT = '/2018-06-01/runtime/';
const MAX_HEAD = 1 << 20;
const MAX_BODY = 1 << 28;
const READ_SIZE = 1 << 16;
const HEAD_END = '\r\n\r\n';

// A Wire sends requests and hands out their answers in order. The socket keeps the process alive while the next event or an
// acknowledgement is awaited, and not while a handler runs: what the handler left behind decides then.
class Wire {
  constructor(address, lost) {
    const colon = address.lastIndexOf(':');
    this.host = address;
    this.lost = lost;
    this.waiting = []; // who gets the answers that are outstanding, oldest first
    this.partial = null; // the beginning of a head
    this.body = null; // a body that has not come in whole: head, bytes and how many there are
    this.socket = net.connect({
      host: address.slice(0, colon),
      port: Number(address.slice(colon + 1)),
      noDelay: true,
      onread: {
        buffer: Buffer.allocUnsafe(READ_SIZE),
        callback: (n, buffer) => {
          this.receive(buffer.subarray(0, n));
          return true;
        },
      },
    });
    this.socket.on('error', () => {}); // close follows
    this.socket.on('close', lost);
    this.socket.unref();
  }

  // poll asks for the next event: invoked(headers, text) is called with it.
  poll(invoked) {
    this.write(this.expectNext(invoked));
  }

  // answer posts body as what became of an invocation (what is response or error) and polls again, in one write.
  answer(id, what, headers, body, invoked) {
    this.waiting.push({});
    const post = this.post(`invocation/${encodeURIComponent(id)}/${what}`, headers, body);
    this.write(post + this.expectNext(invoked));
  }

  // last posts body and calls done when it is acknowledged: nothing else will be sent.
  last(path, headers, body, done) {
    this.waiting.push({ done });
    this.socket.ref();
    this.write(this.post(path, headers, body));
  }

  // stream begins an answer in chunks, which the caller writes; done is called when all of it is acknowledged.
  stream(id, headers, done) {
    this.waiting.push({ done });
    return `POST ${ROOT}invocation/${encodeURIComponent(id)}/response HTTP/1.1\r\nHost: ${this.host}\r\n${headers}Transfer-Encoding: chunked\r\n\r\n`;
  }

  expectNext(invoked) {
    this.waiting.push({ invoked });
    this.socket.ref();
    return `GET ${ROOT}invocation/next HTTP/1.1\r\nHost: ${this.host}\r\n\r\n`;
  }

  post(path, headers, body) {
    return `POST ${ROOT}${path} HTTP/1.1\r\nHost: ${this.host}\r\n${headers}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
  }

  write(data, done) {
    this.socket.write(data, done);
  }

  // receive takes what came in, in pieces of any size.
  receive(data) {
    if (this.body !== null) {
      const { head, bytes, filled } = this.body;
      const n = data.copy(bytes, filled);
      if (filled + n < bytes.length) {
        this.body.filled += n;
        return;
      }
      this.body = null;
      this.deliver(head, bytes);
      data = data.subarray(n);
    }
    if (this.partial !== null) {
      data = Buffer.concat([this.partial, data]);
      this.partial = null;
    }
    while (data.length > 0) {
      const end = data.indexOf(HEAD_END);
      if (end < 0) {
        if (data.length > MAX_HEAD) return this.refuse('a head without end');
        this.partial = Buffer.from(data); // the read buffer is used again
        return;
      }
      const head = parseHead(data.utf8Slice(0, end));
      if (!(head.length <= MAX_BODY)) return this.refuse('an answer without Content-Length');
      data = data.subarray(end + HEAD_END.length);
      if (data.length < head.length) {
        const bytes = Buffer.allocUnsafe(head.length);
        this.body = { head, bytes, filled: data.copy(bytes) };
        return;
      }
      this.deliver(head, data.subarray(0, head.length));
      data = data.subarray(head.length);
    }
  }

  // deliver hands a whole answer to whom it is for. A poll that is refused cannot be answered by anything we do.
  deliver(head, body) {
    if (this.waiting.length === 0) return this.refuse('an answer that nobody asked for');
    const { invoked, done } = this.waiting.shift();
    if (invoked === undefined) return done?.();
    if (head.status !== 200) return this.refuse(`status ${head.status} to a poll`);
    this.socket.unref();
    invoked(head.headers, body.utf8Slice(0, body.length));
  }

  refuse(what) {
    process.stderr.write(`The Runtime API sent ${what}.\n`);
    this.lost();
  }
}

// parseHead reads a status line and the fields below it, whose names become lower case.
function parseHead(text) {
  const lines = text.split('\r\n');
  const headers = {};
  for (let i = 1; i < lines.length; i++) {
    const colon = lines[i].indexOf(':');
    headers[lines[i].slice(0, colon).toLowerCase()] = lines[i].slice(colon + 1).trim();
  }
  return { status: Number(lines[0].slice(9, 12)), headers, length: Number(headers['content-length']) };
}

module.exports = Wire;
