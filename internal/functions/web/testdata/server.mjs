// An ordinary HTTP server that knows nothing of Lambda.
import { createServer } from 'node:http';

const body = (req) => new Promise((resolve) => {
  const chunks = [];
  req.on('data', (chunk) => chunks.push(chunk)).on('end', () => resolve(Buffer.concat(chunks)));
});

createServer(async (req, res) => {
  if (req.url === '/image') {
    res.writeHead(200, { 'Content-Type': 'image/png', 'Set-Cookie': ['a=1; Path=/', 'b=2'] });
    res.end(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0xff]));
    return;
  }
  if (req.url === '/events') {
    res.writeHead(200, { 'Content-Type': 'application/json' });
    res.end(JSON.stringify({ got: JSON.parse(await body(req)) }));
    return;
  }
  res.writeHead(201, { 'Content-Type': 'text/plain; charset=utf-8', 'X-Server': 'node' });
  res.end(`${req.method} ${req.url} ${req.headers['x-test']} ${req.headers.cookie} ${(await body(req)).toString('utf8')}`);
}).listen(process.env.PORT, '127.0.0.1');
