// An ordinary HTTP server. It says what it was asked, where and how, and what it was asked before the first event.
const fs = require('node:fs');
const http = require('node:http');

const probeStatuses = (process.env.TEST_PROBES || '200').split(',').map(Number); // the last one again and again
const probes = [];
let connections = 0;

function answer(req, res) {
  const { pathname, searchParams } = new URL(req.url, 'http://x');
  const [, status] = /\/status\/(\d+)$/.exec(pathname) || [];
  if (status) return res.writeHead(Number(status), { 'Content-Type': 'text/plain' }).end('status ' + status);
  if (pathname.endsWith('/long')) return res.writeHead(200, { 'Content-Type': 'text/plain' }).end('x'.repeat(1000));
  if (pathname.endsWith('/slow')) {
    res.writeHead(200, { 'Content-Type': 'text/plain' }).write('one ');
    const until = setInterval(() => { if (fs.existsSync(searchParams.get('go'))) { clearInterval(until); res.end('two'); } }, 5);
    return;
  }
  res.writeHead(200, { 'Content-Type': 'application/json' });
  res.end(JSON.stringify({
    asked: req.method + ' ' + req.url, authorization: req.headers.authorization || '', token: req.headers['x-token'] || '', probes: probes.join(', '),
    connection: req.socket.number, address: req.socket.localAddress, port: process.env.PORT, lwaPort: process.env.AWS_LWA_PORT,
  }));
}

const server = http.createServer((req, res) => {
  if (req.headers['x-amzn-lambda-context']) return req.resume().on('end', () => answer(req, res));
  const status = probeStatuses[Math.min(probes.length, probeStatuses.length - 1)];
  probes.push(`${req.method} ${req.url} ${status}`);
  res.writeHead(status).end();
});
server.on('connection', (socket) => { socket.number = ++connections; });
setTimeout(() => server.listen(process.env.PORT, '0.0.0.0'), Number(process.env.TEST_SLOW || 0));
