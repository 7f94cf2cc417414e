import {readFileSync} from 'node:fs';

import {area} from '../lib/cases.mjs';
import {eventually} from '../lib/client.mjs';
import {Mismatch, check} from '../lib/matching.mjs';
import {crashed, error, join, ok, reply} from '../lib/messages.mjs';
import {Tcp} from '../lib/tcp.mjs';

const about = 'What somebody tries who means harm (docs/security.md)';
const test = area('hostile', about);
const testOnEdge = area('hostile', about, {edge: true});
const testWithServer = area('hostile', about, {ownServers: true});

/** The most memory that a program has used so far, in MB. */
function peakOf(program) {
  const status = readFileSync(`/proc/${program.child.pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)[1]) / 1024;
}

function below(limit, got, quantity) {
  if (got >= limit) throw new Mismatch(`${quantity} below ${limit}`, `${got}`);
}

// -- names that a channel would keep --

const longest = (room) => room + 'x'.repeat(1024 - room.length);
const tooLong = error({reason: 'topic too long'});
const longReference = error({reason: 'reference too long'});

for (const [how, open] of [['WebSocket', ({connect}) => connect()], ['long poll', ({poll}) => poll()]]) {
  test(`a topic of 1,024 bytes is joined, a longer one is not (${how})`, async (context) => {
    const peer = await open(context);
    await peer.join(longest(context.room));
    check(ok({n: 1}), await peer.ask(longest(context.room), 'echo', {n: 1}));
    const longer = `${longest(context.room)}x`;
    await peer.send(join(longer, {}, 'r', 'j'));
    await peer.expect(reply('j', 'r', longer, tooLong));
  });

  test(`references of a join have at most 2,048 bytes (${how})`, async (context) => {
    const peer = await open(context);
    const long = 'r'.repeat(2049);
    await peer.send(join(context.room, {}, long, 'j'), join(context.room, {}, 'r', long));
    await peer.expect(reply('j', long, context.room, longReference), reply(long, 'r', context.room, longReference));
    const longest = 'r'.repeat(2048);
    await peer.send(join(context.room, {}, longest, longest));
    await peer.expect(reply(longest, longest, context.room));
  });
}

// -- memory --

testWithServer('large messages behind a slow join are left in the network, and all are answered', async (context) => {
  const {start, connect, room} = context;
  const server = await start();
  const peer = await connect({server});
  const pad = 'x'.repeat(900_000);
  const pings = Array.from({length: 100}, (_, i) => ['1', `${i}`, room, 'ping', {pad}]);
  peer.send(join(room, {sleep: 2_000}), ...pings);
  await peer.expect(reply('1', '1', room), ...pings.map(([, ref]) => reply('1', ref, room)));
  below(60, peakOf(server), 'the memory of the server in MB');
}, {seconds: 2});

testWithServer('large messages of one post behind a slow join are handed over as there is room', async (context) => {
  const {start, session, room} = context;
  const server = await start();
  const polling = await session({server});
  const large = Array(240_000).fill('[0]').join(',');
  const pings = Array.from({length: 8}, (_, i) => ['1', `${i}`, room, 'ping', {}]);
  const lines = pings.map(([, ref]) => `["1","${ref}","${room}","ping",[${large}]]`);
  check({status: 200}, await polling.post([JSON.stringify(join(room, {sleep: 2_000})), ...lines], {limitMs: 14_000}));
  const got = [];
  while (got.length < 9) got.push(...(await polling.poll()).messages.map((one) => JSON.parse(one)));
  check([reply('1', '1', room), ...pings.map(([, ref]) => reply('1', ref, room))], got);
  below(250, peakOf(server), 'the memory of the server in MB');
}, {seconds: 2});

testWithServer('references that are large as JSON are not kept', async (context) => {
  const {start, connect, room} = context;
  const server = await start();
  const peer = await connect({server});
  const large = `[${Array(100_000).fill('[0]').join(',')}]`;
  for (let i = 0; i < 40; i += 1) {
    await peer.sendText(`[${large},"${i}","${room}${i}","phx_join",{}]`);
    await peer.next('a refusal');
  }
  below(120, peakOf(server), 'the memory of the server in MB');
});

// -- time --

test('requests that come a byte at a time are cut after 30 s, and meanwhile others are served', async (context) => {
  const {server, connect, after} = context;
  const slow = await Promise.all(Array.from({length: 100}, () => Tcp.open(server)));
  after(() => slow.forEach((tcp) => tcp.drop()));
  const began = performance.now();
  const text = `POST /socket/longpoll HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\n${'x'.repeat(5000)}`;
  let at = 0;
  const dripping = setInterval(() => slow.forEach((tcp) => tcp.write(text[at++ % text.length])), 250);
  after(() => clearInterval(dripping));
  await (await connect()).settle();
  for (const tcp of slow) await tcp.ended(40_000);
  const ms = performance.now() - began;
  if (ms < 29_000) throw new Mismatch('30,000 ms, or little more', `${ms} ms`);
}, {seconds: 32});

// -- the log --

testWithServer('what a client chose stays within its line of the log', async (context) => {
  const {start, connect, name} = context;
  const server = await start();
  const peer = await connect({server});
  const topic = `${name('room:')}\n2026-01-01T00:00:00.000Z info: all is well\u001b[2J\r\u009b31m\u0000end`;
  await peer.join(topic);
  await peer.send(['1', null, topic, 'crash', {}]);
  await peer.expect(crashed('1', topic));
  await eventually('a line in the log', () => server.stderr.includes('crashed'));
  const lines = server.stderr.trimEnd().split('\n');
  check(1, lines.length);
  if (!/^[\x20-\x7e]+end crashed: crash$/.test(lines[0])) throw new Mismatch('one line in ASCII', lines[0]);
});

// -- files --

const outside = [
  '/../../../../etc/passwd', '/..%2f..%2f..%2f..%2fetc%2fpasswd', '/%2e%2e/%2e%2e/%2e%2e/etc/passwd', '/.%2e/.%2e/etc/passwd',
  '//etc/passwd', '/./index.html', '/phoenix/../index.html', '/phoenix/..%2f..%2f..%2fpackage.json', '/index.html%00.png',
  '/index.html/', '/index.html/../app.js', '/..;/etc/passwd', '/%c0%ae%c0%ae/etc/passwd', '/%252e%252e/etc/passwd',
  '/..\\..\\etc\\passwd', '/..%5c..%5cetc%5cpasswd', '/.git/config', '/%2egit/config', '/proc/self/environ', '/%', '/%zz',
  'http://a/../../etc/passwd', '/%0d%0aX-Injected:%20yes', `/${'%2e%2e/'.repeat(500)}etc/passwd`,
];

testWithServer('nothing outside of the folders with files is served', async ({startProgram, http}) => {
  const connection = await http(await startProgram('chat'));
  check(200, (await connection.request('GET', '/index.html')).status);
  for (const target of outside) {
    const {status, headers, body} = await connection.request('GET', target);
    check([404, 'Not Found', undefined], [status, body, headers['x-injected']], target);
  }
});

// -- pages of others --

testOnEdge('what a proxy would have said is not believed where origins are compared', async ({upgrade, edge}) => {
  const path = '/same_request/websocket';
  const own = `${edge.host}:${edge.port}`;
  const forged = {'X-Forwarded-Host': 'evil.test', 'X-Forwarded-Proto': 'http', Forwarded: 'host=evil.test;proto=http'};
  const scheme = edge.tls ? 'https' : 'http';
  check(101, (await upgrade({path, server: edge, headers: {Origin: `${scheme}://${own}`, ...forged}}))?.status);
  for (const origin of ['http://evil.test', `${scheme}://evil.test@${own}`, `${scheme}://${own}.evil.test`]) {
    check(403, (await upgrade({path, server: edge, headers: {Origin: origin, ...forged}}))?.status, origin);
  }
});
