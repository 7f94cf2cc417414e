import {LongPoll} from 'phoenix';
import WebSocket from 'ws';

import {area} from '../lib/cases.mjs';
import {answer, eventually} from '../lib/client.mjs';
import {Mismatch, check, oneOf} from '../lib/matching.mjs';
import {reply} from '../lib/messages.mjs';
import {Switch} from '../lib/switch.mjs';
import {Tcp} from '../lib/tcp.mjs';
import {scaled} from '../lib/time.mjs';

const test = area('shutdown', 'Draining: close 1012, then exit code 0 (socket/pool_supervisor.ex)', {ownServers: true});

const clean = {code: 0, signal: null};

/** Asks a server to end, and checks that it does, in time. */
async function end(server, limitMs, signal = 'SIGTERM') {
  const began = performance.now();
  server.signal(signal);
  check(clean, await server.exitWithin(limitMs));
  return performance.now() - began;
}

/** The messages that still come before the close frame. */
async function messagesBeforeClose(peer) {
  const messages = [];
  for (;;) {
    const got = await peer.next('a close frame');
    if (got.close !== undefined) return messages;
    messages.push(got);
  }
}

for (const signal of ['SIGTERM', 'SIGINT']) {
  test(`${signal}: a server without clients ends at once`, async ({start}) => {
    const server = await start();
    await end(server, 3_000, signal);
  });

  test(`${signal}: every WebSocket is closed with 1012`, async ({start, connect, room}) => {
    const server = await start();
    const peers = [await connect({server}), await connect({server, vsn: '1.0.0'}), await connect({server})];
    for (const peer of peers.slice(0, 2)) await peer.join(room);
    const ended = end(server, 4_000, signal);
    for (const peer of peers) await peer.expectClose(1012);
    await ended;
  });
}

test('channels end with the reason shutdown before the server does', async ({start, connect, room}) => {
  // Listeners are closed like all others: each receives the ends of those before it, on the threads before its own.
  const server = await start('--threads', '8');
  const listeners = await Promise.all(Array.from({length: 16}, () => connect({server})));
  for (const peer of listeners) await peer.join('audit');
  const members = await Promise.all(Array.from({length: 16}, () => connect({server})));
  for (const peer of members) await peer.join(room);
  await end(server, 4_000);
  for (const peer of members) await peer.expectClose(1012);
  const heard = [];
  for (const peer of listeners) {
    heard.push(...(await messagesBeforeClose(peer)).map((message) => message[4]));
  }
  if (heard.length === 0) throw new Mismatch('reports on audit', 'none');
  for (const report of heard) check({topic: room, user: null, reason: 'shutdown'}, report);
});

test('a waiting poll is answered, with 410', async ({start, session}) => {
  const server = await start();
  const polling = await session({server});
  const waiting = polling.poll();
  await new Promise((resolve) => setTimeout(resolve, scaled(100)));
  const ended = end(server, 4_000);
  check(410, (await waiting).status);
  await ended;
});

test('a session that is not polled does not keep the server', async ({start, session, room}) => {
  const server = await start();
  const polling = await session({server});
  check({status: 200}, await polling.post([JSON.stringify(['1', '1', room, 'phx_join', {}])]));
  await end(server, 4_000);
});

const stubborn = [
  ['clients that do not answer the close', async ({connect, room}, server) => {
    for (let i = 0; i < 3; i += 1) {
      const peer = await connect({server});
      peer.carrier.answersClose = false;
      await peer.join(room);
    }
  }],
  ['clients that do not read', async ({connect, room}, server) => {
    const peer = await connect({server});
    await peer.join(room);
    peer.carrier.tcp.socket.pause();
    for (let i = 0; i < 50; i += 1) peer.send(['1', `${i}`, room, 'echo', {s: 'x'.repeat(100_000)}]);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }],
  ['half a request', async ({after}, server) => {
    const tcp = await Tcp.open(server);
    after(() => tcp.drop());
    tcp.write('GET /socket/websocket HTTP/1.1\r\nhost: x\r\n');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }],
  ['half a frame', async ({connect}, server) => {
    const peer = await connect({server});
    peer.carrier.answersClose = false;
    peer.raw(Buffer.from([0x81, 0xfe, 0x10]));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }],
  ['a busy channel', async ({connect, room}, server) => {
    const peer = await connect({server});
    await peer.join(room);
    await peer.send(['1', '2', room, 'sleep', {ms: 1_500}]);
    await peer.beats();
  }],
  ['a slow join', async ({connect, room}, server) => {
    const peer = await connect({server});
    await peer.send(['1', '1', room, 'phx_join', {sleep: 1_500}]);
    await peer.beats();
  }],
];
for (const [title, occupy] of stubborn) {
  test(`${title}: the server ends all the same, within 8 s`, async (context) => {
    const server = await context.start();
    await occupy(context, server);
    await end(server, 8_000);
  }, {seconds: 6});
}

test('a job that does not end costs the process no more than twice the timeout', async (context) => {
  const server = await context.startProgram('edge_server', '--shutdown-timeout', '300');
  const peer = await context.connect({server, path: '/any/websocket'});
  await peer.send(['1', '1', 'route:exact', 'phx_join', {sleep: 600_000}]);
  await peer.beats();
  await end(server, 30_000);
}, {seconds: 30});

test('while the server drains, no client is accepted', async ({start, connect, room}) => {
  const server = await start();
  const peer = await connect({server});
  peer.carrier.answersClose = false;
  await peer.join(room);
  const ended = end(server, 8_000);
  check(1012, (await peer.next('a close frame')).close);
  const refused = await Tcp.open(server).then((tcp) => tcp.next(() => undefined, 2_000), (error) => error.message);
  if (!(refused === null || /ECONNREFUSED|ECONNRESET/.test(refused))) throw new Mismatch('no connection', refused);
  peer.drop();
  await ended;
}, {seconds: 6});

// Three batches have to fit into the server's shutdown_timeout of 30 s.
const batchInterval = Math.min(scaled(1_500), 8_000);

/** Opens connections, half of which have joined a room, to a server that drains them two at a time. */
async function crowd({startProgram, connect, room}, count) {
  const server = await startProgram('edge_server', '--threads', '2', '--drain-batch', '2', '--drain-interval', `${batchInterval}`);
  const peers = [];
  for (let i = 0; i < count; i += 1) {
    peers.push(await connect({server, path: '/any/websocket'}));
    if (i % 2) await peers[i].join(room.replace('room', 'fault'));
  }
  return {server, peers};
}

test('connections are closed in batches; those of the later ones are served meanwhile', async (context) => {
  const {server, peers} = await crowd(context, 6);
  const ended = end(server, 12_000);
  const isClosed = (peer) => peer.inbox.waiting.some((item) => item.close !== undefined);
  for (let open = peers; open.length > 0; open = open.filter((peer) => !isClosed(peer))) {
    await eventually('two of them to be closed', () => open.filter(isClosed).length === 2);
    for (const peer of open) if (!isClosed(peer)) await peer.beats();
  }
  for (const peer of peers) await peer.expectClose(1012);
  await ended;
}, {seconds: 8});

test('a connection that closes by itself makes no room in a batch, and delays no other', async (context) => {
  const {server, peers} = await crowd(context, 3);
  for (const peer of peers) peer.close(1000);
  for (const peer of peers) await peer.expectClose(1000);
  check(true, await end(server, 12_000) < batchInterval, 'an end before the second batch');
});

test('a second signal does not make it end in another way', async ({start, connect, room}) => {
  const server = await start();
  const peer = await connect({server});
  await peer.join(room);
  server.signal('SIGTERM');
  server.signal('SIGTERM');
  server.signal('SIGINT');
  check(clean, await server.exitWithin(4_000));
});

test('replies come before the close, in order', async ({start, connect, room}) => {
  const server = await start();
  const peer = await connect({server});
  await peer.join(room);
  await peer.send(...Array.from({length: 50}, (_, i) => ['1', i, room, 'ping', {}]));
  await peer.expect(reply('1', 0, room));
  const ended = end(server, 4_000);
  const rest = await messagesBeforeClose(peer);
  check(rest.map((_, i) => reply('1', i + 1, room)), rest);
  await ended;
});

/** A client that pushes numbers, one after the other, each until it is acknowledged. */
async function pushNumbers({client, url, room, transport, count}) {
  const socket = client({url, transport, reconnectAfterMs: () => 30, rejoinAfterMs: () => 30});
  const seen = {acknowledged: [], joins: 0, codes: []};
  socket.onClose((event) => seen.codes.push(event.code));
  socket.connect();
  const channel = socket.channel(room);
  channel.join().receive('ok', () => { seen.joins += 1; });
  seen.done = (async () => {
    for (let n = 0; n < count; n += 1) {
      for (let acknowledged = false; !acknowledged;) {
        acknowledged = await answer(channel.push('echo', {n}, 1_000)).then((got) => got.n === n, () => false);
      }
      seen.acknowledged.push(n);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  return seen;
}

test('clients that are drained go on at another server, and no push is lost', async ({start, client, room, after}) => {
  const [first, second] = [await start(), await start()];
  const door = await Switch.open(first);
  after(() => door.close());
  const count = 120;
  const clients = [];
  for (const transport of [WebSocket, WebSocket, WebSocket, WebSocket, LongPoll]) {
    clients.push(await pushNumbers({client, url: door.url, room, transport, count}));
  }
  await eventually('some pushes', () => clients.every((one) => one.acknowledged.length >= 20));
  door.target = second;
  await end(first, 6_000);
  await Promise.all(clients.map((one) => one.done));
  for (const one of clients) {
    check(Array.from({length: count}, (_, n) => n), one.acknowledged);
    check(2, one.joins);
  }
  for (const one of clients.slice(0, 4)) check([1012], one.codes);
  check([oneOf(3410, 1011)], clients[4].codes, 'what the long-poll client saw');
  second.signal('SIGKILL');
}, {seconds: 8});
