// Parses and renders a template each time, as emulators do.
const fs = require('fs');
const { parse, Compile } = require('velocityjs');

const [template, bodyFile, contextFile, seconds] = process.argv.slice(2);
const source = fs.readFileSync(template, 'utf8');
const body = fs.readFileSync(bodyFile, 'utf8');
const context = JSON.parse(fs.readFileSync(contextFile, 'utf8'));
const escaped = { '"': '\\"', "'": "\\'", '\\': '\\\\', '/': '\\/' };
const util = { escapeJavaScript: (s) => (s ?? '').replace(/["'\\/]/g, (c) => escaped[c]) };

function render() {
  const tree = JSON.parse(body);
  return new Compile(parse(source)).render({ input: { path: () => tree }, util, context });
}

// cpu is what this process has used, in microseconds.
function cpu() {
  const { user, system } = process.cpuUsage();
  return user + system;
}

function measure(s) {
  const began = cpu();
  let n = 0;
  while (cpu() - began < s * 1e6) {
    for (let i = 0; i < 10; i++) render();
    n += 10;
  }
  return (cpu() - began) / n;
}

measure(2);
console.log(JSON.stringify({ us: measure(Number(seconds)), output: render() }));
