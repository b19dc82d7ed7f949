// The functions of index.js as a web server: what is no HTTP request is posted to /events.
const http = require("http");
const { handler } = require("./index.js");

http
  .createServer((request, response) => {
    if (request.method !== "POST") return response.end("ready");
    let body = "";
    request.on("data", (piece) => (body += piece));
    request.on("end", async () => response.end(JSON.stringify(await handler(JSON.parse(body)))));
  })
  .listen(process.env.PORT);
