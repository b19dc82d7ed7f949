// A web server that several invocations meet in. What it does says the path: it waits for others, hangs, ends, or counts.
import fs from 'node:fs';
import http from 'node:http';

const waiting = [];
let count = 0;

const paths = {
  '/': (res) => res.end('ready'),
  '/count': (res) => res.end(JSON.stringify({ count: ++count, pid: process.pid })),
  '/interfaces': (res) => res.end(fs.readFileSync('/proc/self/net/dev', 'utf8').match(/\w+(?=:)/g).join()),
  '/hang': () => {},
  '/exit': () => process.exit(3),
  '/stuck': () => { for (;;); },
  // meets so many: all are answered when the last has come
  '/meet': (res, query) => {
    waiting.push(res);
    if (waiting.length === Number(query.get('n'))) for (const one of waiting.splice(0)) one.end(`met in ${process.pid}`);
  },
};

http.createServer((req, res) => {
  const url = new URL(req.url, 'http://here');
  paths[url.pathname](res, url.searchParams);
}).listen(process.env.PORT, '127.0.0.1');
