import {area} from '../lib/cases.mjs';
import {parseResponse} from '../lib/http.mjs';
import {Mismatch, check} from '../lib/matching.mjs';
import {beat, heartbeat, join, reply} from '../lib/messages.mjs';
import {Tcp} from '../lib/tcp.mjs';
import {clientFrame} from '../lib/websocket_frame.mjs';
import {exchange, upgradeRequest} from '../lib/websocket.mjs';

const test = area('handshake', 'Opening a WebSocket, and the order in which it is refused (transports/websocket.ex)');

const noUpgrade = {Connection: null, Upgrade: null, 'Sec-WebSocket-Key': null, 'Sec-WebSocket-Version': null};
const evil = {Origin: 'http://evil.test'};

test('101, with the accept key, and neither extension nor sub-protocol', async ({connect}) => {
  const peer = await connect();
  const {headers} = peer.carrier.response;
  check('websocket', headers.upgrade?.toLowerCase());
  check('upgrade', headers.connection?.toLowerCase());
  for (const name of ['sec-websocket-extensions', 'sec-websocket-protocol', 'content-length',
    'transfer-encoding']) check(undefined, headers[name], name);
  await peer.settle();
});

const post = {method: 'POST', headers: {'Content-Length': '0'}};
const strict = {path: '/strict/websocket'};

/** Requests that are refused with a status and an empty body, even if they have other faults that are checked later. */
const refusals = [
  ...['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS',
    'HEAD'].map((method) => [`the method ${method}`, 400, {...post, method}]),
  ['another method, before the connect', 400, {...post, query: 'vsn=2.0.0&reject=1'}],
  ['another method, before the origin', 400, {...post, ...strict, headers: {...post.headers, ...evil}}],
  ['an origin that is not allowed', 403, {...strict, headers: evil}],
  ['an origin that is not allowed, before the headers of the upgrade', 403,
    {...strict, headers: {...evil, ...noUpgrade}}],
  ['an origin that is not allowed, before the version', 403, {...strict, query: 'vsn=9.0.0', headers: evil}],
  ['a version that there is not', 403, {query: 'vsn=3.0.0'}],
  ['a version that there is not, before the headers of the upgrade', 403, {query: 'vsn=3.0.0', headers: noUpgrade}],
  ['a connect that is refused', 403, {query: 'vsn=2.0.0&reject=true'}],
  ['a connect that is refused, before the headers of the upgrade', 403,
    {query: 'vsn=2.0.0&reject=1', headers: noUpgrade}],
  ['a missing token, before the headers of the upgrade', 403, {...strict, headers: noUpgrade}],
];

for (const [title, status, request] of refusals) {
  test(`${title}: ${status}`, async ({upgrade}) => {
    const response = await upgrade(request);
    check([status, ''], [response.status, response.body]);
  });
}

const badUpgrades = [
  ['none of the headers', noUpgrade], ['no Connection', {Connection: null}],
  ['another Connection', {Connection: 'keep-alive'}],
  ['a Connection that only contains the word', {Connection: 'upgraded'}],
  ['no Upgrade', {Upgrade: null}], ['another Upgrade', {Upgrade: 'h2c'}], ['no key', {'Sec-WebSocket-Key': null}],
  ['no version', {'Sec-WebSocket-Version': null}],
  ['version 8', {'Sec-WebSocket-Version': '8'}], ['version 0', {'Sec-WebSocket-Version': '0'}],
  ['two versions', {'Sec-WebSocket-Version': '13, 8'}], ['two version headers', {'Sec-WebSocket-Version': ['13', '8']}],
];

for (const [title, headers] of badUpgrades) {
  test(`${title}: 400 (never 426)`, async ({upgrade}) => check(400, (await upgrade({headers})).status));
}

test('the answer to a bad upgrade names the fault', async ({upgrade}) => {
  const {body} = await upgrade({headers: {Connection: 'close, x'}});
  if (!/connection.*upgrade/i.test(body)) throw new Mismatch('a text about the header connection', body);
});

const goodUpgrades = [
  ['a key of 15 bytes', {'Sec-WebSocket-Key': Buffer.alloc(15).toString('base64')}],
  ['a key that is not base64', {'Sec-WebSocket-Key': 'small board 7'}],
  ['Connection as a list', {Connection: 'keep-alive, Upgrade'}],
  ['Connection in two headers', {Connection: ['keep-alive', 'Upgrade']}],
  ['values in other letters', {Connection: 'UPGRADE', Upgrade: 'WebSocket'}],
  ['Upgrade as a list', {Upgrade: 'h2c, websocket'}],
  ['white space around values', {Connection: '  Upgrade ', Upgrade: '\twebsocket '}],
  ['any origin', {Origin: 'http://evil.test'}], ['an origin without a host', {Origin: 'null'}],
  ['an origin that is a file', {Origin: 'file://'}],
  ['subprotocols, although the server has none', {'Sec-WebSocket-Protocol': 'phoenix, chat'}],
  ['compression, although it is off', {'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits'}],
  ['an extension that there is not', {'Sec-WebSocket-Extensions': 'x-nonsense; a="b, c"'}],
  ['headers that it does not know', {'X-Nonsense': 'x'.repeat(4000), Cookie: 'a=b', Authorization: 'Bearer x'}],
];

for (const [title, headers] of goodUpgrades) {
  test(`${title}: 101, and nothing of it in the answer`, async ({connect, room}) => {
    const peer = await connect({headers});
    for (const name of ['sec-websocket-extensions', 'sec-websocket-protocol']) check(undefined,
      peer.carrier.response.headers[name], name);
    await peer.join(room);
  });
}

test('the names of headers may be written in any letters', async ({server, limitMs}) => {
  const text = upgradeRequest(server, '/socket/websocket?vsn=2.0.0').toString();
  for (const change of [(name) => name.toLowerCase(), (name) => name.toUpperCase()]) {
    const {response, tcp} = await exchange(server, text.replace(/^[\w-]+(?=:)/gm, change), {limitMs});
    tcp.drop();
    check(101, response?.status);
  }
});

test('a trailing slash makes no difference',
  async ({connect}) => (await connect({path: '/socket/websocket/'})).settle());

test('a path without a socket: 404', async ({upgrade}) => {
  for (const path of ['/', '/socket', '/socket/', '/socket/websocket/x', '/socket/websocketx', '/socket/Websocket',
    '/websocket', '/other/websocket', '/strict/longpoll', '/xsocket/websocket']) {
    check(404, (await upgrade({path})).status, path);
  }
});

test('a request that comes byte by byte', async ({server, after, limitMs}) => {
  const tcp = await Tcp.open(server);
  after(() => tcp.drop());
  for (const byte of upgradeRequest(server, '/socket/websocket?vsn=2.0.0')) {
    tcp.write(Buffer.from([byte]));
    await new Promise(setImmediate);
  }
  check(101, (await tcp.next(parseResponse('GET'), limitMs, 'an HTTP response'))?.status);
});

test('frames may follow the request in the same packet', async ({server, connect, room, limitMs}) => {
  const frames = [join(room), heartbeat('h')].map((message) => clientFrame(1, JSON.stringify(message)));
  const {response, tcp} = await exchange(server,
    Buffer.concat([upgradeRequest(server, '/socket/websocket?vsn=2.0.0'), ...frames]), {limitMs});
  check(101, response?.status);
  const text = (bytes) => bytes.includes('"h"') && bytes.includes('phx_reply') && {value: bytes.toString(),
    size: bytes.length};
  const got = await tcp.next(text, limitMs, 'the answers');
  for (const answer of [reply('1', '1', room), beat('h')]) if (!got.includes(answer[1])) throw new Mismatch(answer,
    got);
  tcp.drop();
  await (await connect()).settle();
});

test('HTTP/1.0 cannot be upgraded', async ({server, limitMs}) => {
  const text = upgradeRequest(server, '/socket/websocket?vsn=2.0.0').toString().replace('HTTP/1.1', 'HTTP/1.0');
  const {response, tcp} = await exchange(server, text, {limitMs});
  tcp.drop();
  check(400, response?.status);
});

test('after a refusal the connection serves further requests', async ({http, server}) => {
  const connection = await http();
  for (let i = 0; i < 3; i += 1) {
    connection.tcp.write(upgradeRequest(server, '/socket/websocket?vsn=2.0.0&reject=1'));
    check(403, (await connection.response()).status);
  }
  connection.tcp.write(upgradeRequest(server, '/socket/websocket?vsn=2.0.0'));
  check(101, (await connection.response()).status);
});
