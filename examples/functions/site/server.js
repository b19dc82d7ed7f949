// An ordinary HTTP server as a function: it knows nothing of Lambda.
const http = require('node:http');

http.createServer((request, response) => {
  response.setHeader('Content-Type', 'text/html; charset=utf-8');
  response.end(`<h1>${request.method} ${request.url}</h1>\n`);
}).listen(process.env.PORT || 8080);
