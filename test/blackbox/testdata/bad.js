// A function that does what its event says, and nothing good.
const fs = require('node:fs');
const http = require('node:http');
const { spawn } = require('node:child_process');

const hang = () => new Promise((done) => setTimeout(done, 60000));
const what = {
  hang,
  exit: () => process.exit(3),
  segfault: () => process.kill(process.pid, 'SIGSEGV'),
  binary: () => { process.stdout.write(Buffer.from([0, 255, 10, 27, 200])); return { body: 'printed' }; },
  much: () => ({ body: 'x'.repeat(7 * 1024 * 1024) }),
  fork: () => { for (let i = 0; i < 5; i++) spawn('sleep', ['100'], { stdio: 'inherit' }).unref(); return { body: 'forked' }; },
  unhandled: () => { Promise.reject(new Error('nobody')); return hang(); },
  called: (context, callback) => { callback(null, { body: 'first' }); callback(null, { body: 'second' }); return new Promise(() => {}); },
  posted: (context) => new Promise((resolve) => {
    const url = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation/${context.awsRequestId}/response`;
    http.request(url, { method: 'POST' }, (res) => res.resume().on('end', () => resolve({ body: 'second' }))).end('{"body":"first"}');
  }),
  close: () => {
    for (let fd = 3; fd < 64; fd++) {
      try {
        if (fs.fstatSync(fd).isSocket()) fs.closeSync(fd);
      } catch {} // it is not open
    }
    return { body: 'closed' };
  },
  good: () => ({ body: 'good' }),
};

exports.handler = (event, context, callback) => {
  Promise.resolve(what[event.queryStringParameters.do](context, callback)).then((value) => callback(null, value));
};
