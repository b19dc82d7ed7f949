'use strict';
// Finding the handler: path/to/module.export.nested below the task root. Spec: functions A6.1.

const fs = require('fs');
const path = require('path');

const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');
const HIGH_WATER_MARK = Symbol.for('aws.lambda.runtime.handler.streaming.highWaterMark');
const HTTP_RESPONSE = 'application/vnd.awslambda.http-integration-response';
const OWN_FRAMES = __dirname + '/';

const errors = () => require('./errors.cjs'); // most functions load without any

// load returns the handler that name means, or throws what is reported as the error of the initialization.
async function load(root, name) {
  if (name.includes('..')) {
    throw new (errors().MalformedHandlerName)(`'${name}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`);
  }
  const slash = name.lastIndexOf('/') + 1;
  const dot = name.indexOf('.', slash);
  if (dot < 0) throw new (errors().MalformedHandlerName)('Bad handler');
  provideGlobals();
  const loaded = await loadModule(path.resolve(root, name.slice(0, slash)), name.slice(slash, dot), root);
  const nested = name.slice(dot + 1).split('.');
  const handler = find(loaded, nested) || find(loaded?.default, nested);
  if (!handler) throw new (errors().HandlerNotFound)(`${name} is undefined or not exported`);
  if (typeof handler !== 'function') throw new (errors().HandlerNotFound)(`${name} is not a function`);
  return handler;
}

function find(object, names) {
  return names.reduce((nested, name) => nested && nested[name], object);
}

async function loadModule(folder, name, root) {
  try {
    const file = path.join(folder, name);
    for (const [extension, get] of candidates(folder)) {
      if (fs.existsSync(file + extension)) return await get(file + extension);
    }
    return require(require.resolve(name, { paths: [root, folder] }));
  } catch (error) {
    throw explained(error);
  }
}

// candidates are the extensions to try, in order, and how each is loaded.
function candidates(folder) {
  const asModule = (file) => import(require('url').pathToFileURL(file));
  const isModule = hasTypeModule(folder);
  const nearest = isModule ? asModule : require;
  const all = [['', require], ['.js', nearest], ['.mjs', asModule], ['.cjs', require]];
  if (parseInt(process.versions.node, 10) >= 24) all.push(['.ts', nearest], ['.mts', asModule], ['.cts', require]);
  return all;
}

// hasTypeModule reports whether .js files in folder are ES modules by the nearest package.json.
function hasTypeModule(folder) {
  for (; !folder.endsWith('/node_modules'); folder = path.dirname(folder)) {
    const file = path.join(folder, 'package.json');
    if (fs.existsSync(file)) {
      try {
        return JSON.parse(fs.readFileSync(file, 'utf8'))?.type === 'module';
      } catch (error) {
        console.warn(`${file} cannot be read, it will be ignored for ES module detection purposes.`, error);
        return false;
      }
    }
    if (folder === path.dirname(folder)) return false;
  }
  return false;
}

function explained(error) {
  if (error instanceof SyntaxError) {
    const syntax = new (errors().UserCodeSyntaxError)(String(error));
    syntax.stack = error.stack;
    return syntax;
  }
  if (error?.code === 'MODULE_NOT_FOUND') return new (errors().ImportModuleError)(withoutUs(String(error)));
  return error;
}

// withoutUs takes this bootstrap out of the list of who required a missing module.
function withoutUs(text) {
  return text
    .split('\n')
    .filter((line) => !line.startsWith('- ' + OWN_FRAMES))
    .join('\n')
    .replace(/\nRequire stack:$/, '');
}

// provideGlobals defines what functions that stream their answer use.
function provideGlobals() {
  if (['1', 'true'].includes(process.env.AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA)) return;
  globalThis.awslambda = {
    streamifyResponse(handler, options) {
      handler[STREAMING] = 'response';
      if (typeof options?.highWaterMark === 'number') handler[HIGH_WATER_MARK] = Math.trunc(options.highWaterMark);
      return handler;
    },
    HttpResponseStream: {
      from(stream, prelude) {
        stream.setContentType(HTTP_RESPONSE);
        const text = JSON.stringify(prelude);
        stream._onBeforeFirstWrite = (write) => {
          write(text);
          write(new Uint8Array(8));
        };
        return stream;
      },
    },
  };
}

// streaming describes a handler that streams its answer; undefined: it does not.
function streaming(handler) {
  const mode = handler[STREAMING];
  if (mode === undefined || mode === null || mode === false) return undefined;
  if (mode !== 'response') throw new (errors().MalformedStreamingHandler)('Only response streaming is supported.');
  const mark = Number(handler[HIGH_WATER_MARK]);
  return { highWaterMark: Number.isInteger(mark) && mark > 0 ? mark : undefined };
}

module.exports = { load, streaming };
