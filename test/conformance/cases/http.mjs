import {area} from '../lib/cases.mjs';
import {requestText} from '../lib/http.mjs';
import {check, oneOf} from '../lib/matching.mjs';
import {heartbeat} from '../lib/messages.mjs';

const test = area('http', 'HTTP/1.1 around it: connections that are kept, requests that are none (bandit)');

const hostOf = ({server}) => ({host: `${server.host}:${server.port}`});

test('a path that does not exist is 404, and the connection is kept', async ({http}) => {
  const connection = await http();
  for (const target of ['/', '/nothing', '/socket', '/nothing?a=b', '/../etc/passwd', '/%2e%2e/etc/passwd',
    '/favicon.ico']) {
    check(404, (await connection.request('GET', target)).status, target);
  }
});

test('the answer to HEAD of a missing file has no body', async ({http}) => {
  const connection = await http();
  const {status, body} = await connection.request('HEAD', '/nothing');
  check([404, ''], [status, body]);
  check(404, (await connection.request('GET', '/nothing')).status);
});

test('other methods for a missing file are refused', async ({http}) => {
  const connection = await http();
  for (const method of ['POST', 'PUT', 'DELETE']) check(oneOf(404, 405),
    (await connection.request(method, '/nothing', {body: 'x'})).status, method);
});

test('requests may be sent ahead, and are answered in order', async ({http}) => {
  const connection = await http();
  for (const target of ['/socket/longpoll?vsn=9.0.0', '/nothing', '/socket/longpoll?vsn=2.0.0']) connection.send('GET',
    target);
  check('{"status":403}', (await connection.response()).body);
  check(404, (await connection.response()).status);
  check(410, JSON.parse((await connection.response()).body).status);
});

test('a post and the poll for its answer may be sent ahead', async ({session, http}) => {
  const polling = await session();
  const connection = await http();
  const headers = {'x-phoenix-longpoll-token': polling.token};
  connection.send('POST', '/socket/longpoll?vsn=2.0.0',
    {headers: {...headers, 'content-type': 'application/x-ndjson'}, body: JSON.stringify(heartbeat('h'))});
  connection.send('GET', '/socket/longpoll?vsn=2.0.0', {headers});
  check('{"status":200}', (await connection.response('POST')).body);
  const {status, messages} = JSON.parse((await connection.response()).body);
  check([200, 'h'], [status, JSON.parse(messages[0])[1]]);
});

test('"Connection: close" ends the connection after the answer', async ({http, limitMs}) => {
  const connection = await http();
  check(404, (await connection.request('GET', '/nothing', {headers: {connection: 'close'}})).status);
  await connection.tcp.ended(limitMs);
});

test('HTTP/1.0 is answered, and the connection ends', async (context) => {
  const connection = await context.http();
  connection.tcp.write('GET /socket/longpoll?vsn=2.0.0 HTTP/1.0\r\n\r\n');
  check(200, (await connection.response()).status);
  await connection.tcp.ended(context.limitMs);
});

test('a request that comes byte by byte', async (context) => {
  const connection = await context.http();
  for (const byte of requestText('GET', '/nothing', hostOf(context))) {
    connection.tcp.write(Buffer.from([byte]));
    await new Promise(setImmediate);
  }
  check(404, (await connection.response()).status);
});

test('a body in chunks', async (context) => {
  const polling = await context.session();
  const connection = await context.http();
  const text = JSON.stringify(heartbeat('h'));
  const chunks = [text.slice(0, 5),
    text.slice(5)].map((chunk) => `${chunk.length.toString(16)};x=y\r\n${chunk}\r\n`).join('');
  connection.tcp.write(requestText('POST', '/socket/longpoll?vsn=2.0.0', {
    ...hostOf(context), 'x-phoenix-longpoll-token': polling.token, 'content-type': 'application/x-ndjson',
    'transfer-encoding': 'chunked',
  }, `${chunks}0\r\n\r\n`));
  check('{"status":200}', (await connection.response('POST')).body);
  check('h', JSON.parse((await polling.poll()).messages[0])[1]);
});

test('"Expect: 100-continue" is answered before the body is there', async ({session, http}) => {
  const polling = await session();
  const connection = await http();
  const body = JSON.stringify(heartbeat('h'));
  connection.send('POST', '/socket/longpoll?vsn=2.0.0', {
    headers: {'x-phoenix-longpoll-token': polling.token, expect: '100-continue', 'content-length': body.length},
  });
  check(100, (await connection.response('POST', 2_000)).status);
  connection.tcp.write(body);
  check(200, (await connection.response('POST')).status);
});

test('32 kB of headers pass, as a proxy may send on', async ({http}) => {
  const headers = Object.fromEntries(Array.from({length: 4}, (_, i) => [`x-${i}`, 'x'.repeat(8_180)]));
  check(404, (await (await http()).request('GET', '/nothing', {headers})).status);
});

test('empty lines before a request are skipped', async (context) => {
  const connection = await context.http();
  for (const lines of ['\r\n', '\r\n\r\n\r\n']) {
    connection.tcp.write(`${lines}${requestText('GET', '/nothing', hostOf(context))}`);
    check(404, (await connection.response()).status);
  }
});

test('every answer forbids frames of other pages, guesses of its type, and referrers to other sites', async ({http}) => {
  const {headers} = await (await http()).request('GET', '/nothing');
  check(['frame-ancestors \'self\'', 'nosniff', 'same-origin'],
    [headers['content-security-policy'], headers['x-content-type-options'], headers['referrer-policy']]);
});

/** Targets that mean a socket's path, from the path and the query as they are. */
const spellings = [
  ['an empty segment before the path', (path, query) => `/${path}?${query}`],
  ['an empty segment within the path', (path, query) => `${path.replace(/(.)\//g, '$1//')}?${query}`],
  ['empty segments behind the path', (path, query) => `${path}//?${query}`],
  ['an absolute target', (path, query, host) => `http://${host}${path}?${query}`],
  ['a fragment', (path, query) => `${path}?${query}#fragment`],
];

for (const [title, target] of spellings) {
  test(`${title}: a WebSocket opens, and so does a long poll`, async (context) => {
    const {host} = hostOf(context);
    const polling = await context.http();
    polling.tcp.write(requestText('GET', target('/socket/longpoll', 'vsn=2.0.0', host), {host}));
    check(410, JSON.parse((await polling.response()).body).status);
    const connection = await context.http();
    connection.tcp.write(requestText('GET', target('/socket/websocket', 'vsn=2.0.0', host), {
      host, connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      'sec-websocket-version': '13',
    }));
    check(101, (await connection.response('HEAD')).status);
  });
}

/** Requests that are answered with an error, after which the connection ends. */
const refused = [
  ['no request', () => 'nonsense\r\n\r\n', 400], ['no target', () => 'GET\r\n\r\n', 400],
  ['no version', () => 'GET /\r\n\r\n', 400],
  ['another protocol', () => 'GET / HTTX/1.1\r\n\r\n', 400],
  ['version 9', () => 'GET / HTTP/9.9\r\n\r\n', oneOf(400, 505)],
  ['a header without a colon', () => 'GET / HTTP/1.1\r\nhost x\r\n\r\n', 400],
  ['a space before the colon', () => 'GET / HTTP/1.1\r\nhost : x\r\n\r\n', 400],
  ['a zero byte in a header', () => 'GET / HTTP/1.1\r\nhost: x\r\nx: a\u0000b\r\n\r\n', 400],
  ['a zero byte in the target', () => 'GET /\u0000 HTTP/1.1\r\nhost: x\r\n\r\n', 400],
  ['two Host headers', () => 'GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n', 400],
  ['a length that is no number', () => 'POST /nothing HTTP/1.1\r\nhost: x\r\ncontent-length: x\r\n\r\n', 400],
  ['a negative length', () => 'POST /nothing HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n', 400],
  ['two lengths', () => 'POST /nothing HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nxx', 400],
  ['a length and chunks',
    () => 'POST /nothing HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n', 400],
  ['a chunk that is none', () => 'POST /nothing HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n', 400],
  ['a header of 50 kB', () => `GET / HTTP/1.1\r\nhost: x\r\nx: ${'x'.repeat(50_000)}\r\n\r\n`, 431],
  ['50 kB of headers', () => `GET / HTTP/1.1\r\nhost: x\r\n${`x: ${'y'.repeat(995)}\r\n`.repeat(50)}\r\n`, 431],
  ['4,000 headers', () => `GET / HTTP/1.1\r\nhost: x\r\n${'x: y\r\n'.repeat(4_000)}\r\n`, 431],
  ['a target of 50 kB', () => `GET /${'x'.repeat(50_000)} HTTP/1.1\r\nhost: x\r\n\r\n`, oneOf(414, 431)],
  ['a target that is neither a path nor a URL', () => 'GET nothing HTTP/1.1\r\nhost: x\r\n\r\n', 400],
  ['a Host that is none', () => 'GET / HTTP/1.1\r\nhost: a b\r\n\r\n', 400],
];

for (const [title, text, status] of refused) {
  test(`${title}: ${status.says ?? status}`, async ({http, limitMs}) => {
    const connection = await http();
    connection.tcp.write(Buffer.from(text(), 'latin1'));
    check(status, (await connection.response()).status);
    await connection.tcp.ended(limitMs);
  });
}

test('headers that come one by one are counted together: 431', async ({http, limitMs}) => {
  const connection = await http();
  connection.tcp.write('GET / HTTP/1.1\r\nhost: x\r\nx');
  // Each part ends within a name, so that the value before it is known to be whole.
  for (let i = 0; i < 100; i += 1) {
    connection.tcp.write(`: ${'y'.repeat(1_000)}\r\nx`);
    await new Promise(setImmediate);
  }
  check(431, (await connection.response()).status);
  await connection.tcp.ended(limitMs);
});

test('a body of 9 MB is refused before it is there, and the connection ends with the request', async (context) => {
  const connection = await context.http();
  connection.send('POST', '/nothing', {headers: {'content-length': 9_000_000}, body: 'x'});
  check(oneOf(400, 404, 413), (await connection.response('POST')).status);
  connection.tcp.hangUp();
  await connection.tcp.ended(context.limitMs);
});

test('HTTP/1.1 without the header Host is 400', async ({http}) => {
  const connection = await http();
  connection.tcp.write('GET /socket/longpoll?vsn=2.0.0 HTTP/1.1\r\n\r\n');
  check(400, (await connection.response()).status);
});

test('fifty silent connections delay no other client', async ({http, connect}) => {
  await Promise.all(Array.from({length: 50}, () => http()));
  await (await connect()).settle();
});
