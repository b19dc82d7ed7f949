// A client for one stage of an API. See README.md for how to use it.
var apigClientFactory = {};

(function () {
'use strict';

// What a document of one encoding is in bytes: a text whose characters are bytes.
function utf8(text) {
    return unescape(encodeURIComponent(text));
}

// sha256 digests a text of bytes to a text of bytes. FIPS 180-4.
var sha256 = (function () {
    var roots = [], constants = [];
    function fraction(x) {
        return ((x - Math.floor(x)) * 4294967296) | 0;
    }
    for (var n = 2; constants.length < 64; n++) {
        var prime = true;
        for (var d = 2; d * d <= n; d++) {
            prime = prime && n % d !== 0;
        }
        if (prime) {
            if (roots.length < 8) {
                roots.push(fraction(Math.pow(n, 1 / 2)));
            }
            constants.push(fraction(Math.pow(n, 1 / 3)));
        }
    }
    function rotate(x, by) {
        return (x >>> by) | (x << (32 - by));
    }
    function block(h, w) {
        var a = h.slice(0), i;
        for (i = 16; i < 64; i++) {
            var s0 = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ (w[i - 15] >>> 3);
            var s1 = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ (w[i - 2] >>> 10);
            w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
        }
        for (i = 0; i < 64; i++) {
            var e = rotate(a[4], 6) ^ rotate(a[4], 11) ^ rotate(a[4], 25);
            var first = (a[7] + e + ((a[4] & a[5]) ^ (~a[4] & a[6])) + constants[i] + w[i]) | 0;
            var s = rotate(a[0], 2) ^ rotate(a[0], 13) ^ rotate(a[0], 22);
            var second = (s + ((a[0] & a[1]) ^ (a[0] & a[2]) ^ (a[1] & a[2]))) | 0;
            a = [(first + second) | 0, a[0], a[1], a[2], (a[3] + first) | 0, a[4], a[5], a[6]];
        }
        for (i = 0; i < 8; i++) {
            h[i] = (h[i] + a[i]) | 0;
        }
    }
    return function (bytes) {
        var h = roots.slice(0), length = bytes.length, out = '', i;
        bytes += '\x80';
        while (bytes.length % 64 !== 56) {
            bytes += '\x00';
        }
        for (i = 7; i >= 0; i--) {
            bytes += String.fromCharCode(Math.floor(length * 8 / Math.pow(256, i)) % 256);
        }
        for (var at = 0; at < bytes.length; at += 64) {
            var words = [];
            for (i = 0; i < 16; i++) {
                var p = at + 4 * i;
                words.push((bytes.charCodeAt(p) << 24) | (bytes.charCodeAt(p + 1) << 16) | (bytes.charCodeAt(p + 2) << 8) | bytes.charCodeAt(p + 3));
            }
            block(h, words);
        }
        for (i = 0; i < 32; i++) {
            out += String.fromCharCode((h[i >> 2] >>> (24 - 8 * (i % 4))) & 255);
        }
        return out;
    };
}());

function hmac(key, text) {
    var inner = '', outer = '';
    if (key.length > 64) {
        key = sha256(key);
    }
    for (var i = 0; i < 64; i++) {
        var c = i < key.length ? key.charCodeAt(i) : 0;
        inner += String.fromCharCode(c ^ 0x36);
        outer += String.fromCharCode(c ^ 0x5c);
    }
    return sha256(outer + sha256(inner + text));
}

function hex(bytes) {
    var out = '';
    for (var i = 0; i < bytes.length; i++) {
        out += ('0' + bytes.charCodeAt(i).toString(16)).slice(-2);
    }
    return out;
}

// encode leaves unreserved characters only. RFC 3986.
function encode(text) {
    return encodeURIComponent(text).replace(/[!'()*]/g, function (c) {
        return '%' + c.charCodeAt(0).toString(16).toUpperCase();
    });
}

function assign(to, from) {
    for (var name in from || {}) {
        if (Object.prototype.hasOwnProperty.call(from, name) && from[name] !== undefined) {
            to[name] = from[name];
        }
    }
    return to;
}

function pick(params, names) {
    var out = {};
    for (var i = 0; i < names.length; i++) {
        if (params[names[i]] !== undefined && params[names[i]] !== null) {
            out[names[i]] = params[names[i]];
        }
    }
    return out;
}

// setHeader replaces a header whatever the case of its name.
function setHeader(headers, name, value) {
    for (var other in headers) {
        if (other.toLowerCase() === name.toLowerCase()) {
            delete headers[other];
        }
    }
    headers[name] = value;
}

function hasHeader(headers, name) {
    for (var other in headers) {
        if (other.toLowerCase() === name.toLowerCase()) {
            return true;
        }
    }
    return false;
}

// expand puts values into a path. A greedy variable keeps its slashes.
function expand(path, params) {
    return path.replace(/\{([^}+]+)(\+?)\}/g, function (all, name, greedy) {
        var parts = String(params[name]).split(greedy ? '/' : '\u0000');
        for (var i = 0; i < parts.length; i++) {
            parts[i] = encode(parts[i]);
        }
        return parts.join(greedy ? '/' : '%00');
    });
}

// query writes parameters sorted by name; a list is a parameter for each of its values.
function query(params) {
    var pairs = [];
    for (var name in params) {
        var values = Array.isArray(params[name]) ? params[name] : [params[name]];
        for (var i = 0; i < values.length; i++) {
            pairs.push(encode(name) + '\u0000' + encode(values[i])); // sorts below every character of a name
        }
    }
    return pairs.sort().join('&').replace(/\u0000/g, '=');
}

// sign adds the headers of Signature Version 4.
function sign(config, verb, host, path, queryString, headers, body) {
    var time = new Date().toISOString().replace(/[:\-]|\.\d{3}/g, '');
    var scope = [time.slice(0, 8), config.region, 'execute-api', 'aws4_request'];
    var signed = {host: host.replace(/^(.*):(80|443)$/, '$1'), 'x-amz-date': time};
    setHeader(headers, 'x-amz-date', time);
    if (config.sessionToken) {
        setHeader(headers, 'x-amz-security-token', config.sessionToken);
        signed['x-amz-security-token'] = config.sessionToken;
    }
    var names = Object.keys(signed).sort(), lines = '';
    for (var i = 0; i < names.length; i++) {
        lines += names[i] + ':' + signed[names[i]] + '\n';
    }
    var segments = path.split('/');
    for (i = 0; i < segments.length; i++) {
        segments[i] = encode(segments[i]);
    }
    var canonical = [verb, segments.join('/'), queryString, lines, names.join(';'), hex(sha256(utf8(body || '')))].join('\n');
    var key = utf8('AWS4' + config.secretKey);
    for (i = 0; i < scope.length; i++) {
        key = hmac(key, scope[i]);
    }
    var text = ['AWS4-HMAC-SHA256', time, scope.join('/'), hex(sha256(utf8(canonical)))].join('\n');
    setHeader(headers, 'Authorization', 'AWS4-HMAC-SHA256 Credential=' + config.accessKey + '/' + scope.join('/') +
        ', SignedHeaders=' + names.join(';') + ', Signature=' + hex(hmac(key, text)));
}

// answer makes the result: JSON is parsed, everything else stays a text.
function answer(status, statusText, headers, text) {
    var result = {status: status, statusText: statusText, headers: headers, data: text};
    try {
        result.data = JSON.parse(text);
    } catch (notJSON) {
        result.data = text;
    }
    return result;
}

function settle(result, resolve, reject) {
    if (result.status >= 200 && result.status < 300) {
        resolve(result);
    } else {
        reject(result);
    }
}

// sendXHR sends in pages.
function sendXHR(verb, url, headers, body, resolve, reject) {
    var xhr = new XMLHttpRequest();
    xhr.open(verb, url, true);
    for (var name in headers) {
        xhr.setRequestHeader(name, headers[name]);
    }
    xhr.onerror = function () {
        reject(new Error('no answer from ' + url));
    };
    xhr.onload = function () {
        var received = {}, lines = xhr.getAllResponseHeaders().split(/\r?\n/);
        for (var i = 0; i < lines.length; i++) {
            var colon = lines[i].indexOf(':');
            if (colon > 0) {
                received[lines[i].slice(0, colon).toLowerCase()] = lines[i].slice(colon + 1).trim();
            }
        }
        settle(answer(xhr.status, xhr.statusText, received, xhr.responseText), resolve, reject);
    };
    xhr.send(body);
}

// sendFetch sends in Node.
function sendFetch(verb, url, headers, body, resolve, reject) {
    fetch(url, {method: verb, headers: headers, body: body}).then(function (response) {
        var received = {};
        response.headers.forEach(function (value, name) {
            received[name] = value;
        });
        return response.text().then(function (text) {
            settle(answer(response.status, response.statusText, received, text), resolve, reject);
        });
    }).then(null, reject);
}

function makeRequest(config, method, params, body, additionalParams) {
    var url = config.invokeUrl + expand(method.path, params);
    var start = url.indexOf('/', url.indexOf('://') + 3);
    var host = url.slice(url.indexOf('://') + 3, start), path = url.slice(start);
    var headers = assign({}, pick(params, method.headerParams));
    var queryString = query(assign(pick(params, method.queryParams), additionalParams.queryParams));
    for (var name in additionalParams.headers || {}) {
        setHeader(headers, name, additionalParams.headers[name]);
    }
    var empty = body === undefined || body === null || body === '' || (typeof body === 'object' && Object.keys(body).length === 0);
    if (empty) {
        body = undefined;
    } else if (method.verb === 'GET' || method.verb === 'HEAD') {
        throw new Error('a ' + method.verb + ' request cannot have a body');
    } else {
        if (!hasHeader(headers, 'Content-Type')) {
            headers['Content-Type'] = config.defaultContentType;
        }
        if (typeof body !== 'string') {
            body = JSON.stringify(body);
        }
    }
    if (!hasHeader(headers, 'Accept')) {
        headers.Accept = config.defaultAcceptType;
    }
    if (config.apiKey) {
        setHeader(headers, 'x-api-key', config.apiKey);
    }
    if (method.authType === 'AWS_IAM' && config.accessKey && config.secretKey) {
        sign(config, method.verb, host, path, queryString, headers, body);
    }
    var send = typeof XMLHttpRequest === 'undefined' ? sendFetch : sendXHR;
    return new Promise(function (resolve, reject) {
        send(method.verb, url + (queryString ? '?' + queryString : ''), headers, body, resolve, reject);
    });
}

apigClientFactory.newClient = function (settings) {
    var apigClient = {};
    var config = assign({
        accessKey: '', secretKey: '', sessionToken: '', apiKey: '', region: "REGION", invokeUrl: "INVOKE_URL",
        defaultContentType: 'application/json', defaultAcceptType: 'application/json'
    }, settings);

    function request(method, params, body, additionalParams) {
        params = params || {};
        for (var i = 0; i < method.required.length; i++) {
            if (params[method.required[i]] === undefined || params[method.required[i]] === null) {
                throw new Error(method.required[i] + ' must be defined');
            }
        }
        return makeRequest(config, method, params, body, additionalParams || {});
    }

    //methods
    return apigClient;
};

if (typeof module !== 'undefined' && module.exports) {
    module.exports = apigClientFactory;
}
}());
