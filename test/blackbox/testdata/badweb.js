// An HTTP server that does what the query of each request says, and nothing good.
const { spawn } = require('node:child_process');
const http = require('node:http');

const plain = { 'Content-Type': 'text/plain' };
const head = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ';

const what = {
  hang: () => {},
  exit: () => process.exit(3),
  segfault: () => process.kill(process.pid, 'SIGSEGV'),
  binary: (res) => { process.stdout.write(Buffer.from([0, 255, 10, 27, 200])); res.writeHead(200, plain).end('printed'); },
  much: (res) => res.writeHead(200, plain).end('x'.repeat(7 * 1024 * 1024)),
  fork: (res) => { for (let i = 0; i < 5; i++) spawn('sleep', ['100'], { stdio: 'inherit' }).unref(); res.writeHead(200, plain).end('forked'); },
  deaf: (res) => { server.close(); res.socket.destroy(); setInterval(() => {}, 1000); }, // it lives on, and listens no more
  close: (res) => res.socket.destroy(),
  'close in the head': (res) => res.socket.end('HTTP/1.1 200 OK\r\nContent-'),
  'close after the head': (res) => res.socket.end(head + '5\r\n\r\n'),
  'close in the body': (res) => res.socket.end(head + '5\r\n\r\nha'),
  'close in a chunk': (res) => res.socket.end('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nha'),
  'close between chunks': (res) => { res.writeHead(200, plain).flushHeaders(); res.write('half', () => res.socket.destroy()); },
  'close after the answer': (res) => { res.writeHead(200, plain).end('done'); res.socket.destroySoon(); },
  twice: (res) => res.socket.write(head + '5\r\n\r\nfirst' + head + '6\r\n\r\nsecond'),
  'no HTTP': (res) => res.socket.write('this is no HTTP at all\r\n\r\n'),
  'two lengths': (res) => res.socket.write(head + '2\r\nContent-Length: 5\r\n\r\nhallo'),
  'endless head': (res) => res.socket.end('HTTP/1.1 200 OK\r\nX-Long: ' + 'x'.repeat(8 << 20)),
  good: (res) => res.writeHead(200, plain).end('good'),
};

const server = http.createServer((req, res) => {
  const doing = new URL(req.url, 'http://x').searchParams.get('do') || 'good';
  res.socket.on('error', () => {}); // whoever is served badly hangs up
  what[doing](res);
});
server.listen(process.env.PORT, '127.0.0.1');
