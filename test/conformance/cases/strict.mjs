import {area} from '../lib/cases.mjs';
import {Mismatch, check} from '../lib/matching.mjs';
import {beat, broadcast, heartbeat, join} from '../lib/messages.mjs';
import {scaled} from '../lib/time.mjs';
import {userToken} from '../lib/token.mjs';
import {clientFrame, opcodes} from '../lib/websocket_frame.mjs';

const test = area('strict', 'Origins, and connections that are idle (socket/transport.ex, bandit/websocket)');

const origins = [
  ...['http://allowed.test', 'https://allowed.test', 'http://allowed.test:8080', 'https://allowed.test:443',
    'ws://allowed.test', 'app://allowed.test:1', 'http://allowed.test/path?q#f'].map((origin) => [origin, 101]),
  ...['http://evil.test', 'http://sub.allowed.test', 'http://allowed.test.evil.test', 'http://notallowed.test',
    'http://allowed.tes', 'http://evil.test/allowed.test', 'http://evil.test?allowed.test',
    'http://evil.test#allowed.test', 'http://allowed.test@evil.test', 'http://evil.test:80@evil.test', 'null',
    'allowed.test', '/allowed.test', 'file://', 'http://', 'http:///allowed.test', '', '*', 'http://127.0.0.1',
    'http://[::1]',
    'http://allowed.test, http://evil.test', 'http://evil.test\\.allowed.test'].map((origin) => [origin, 403]),
];

for (const [origin, status] of origins) {
  test(`the origin "${origin}": ${status}`, async ({upgrade, user}) => {
    const query = new URLSearchParams({vsn: '2.0.0', token: userToken(user)}).toString();
    check(status, (await upgrade({path: '/strict/websocket', query, headers: {Origin: origin}})).status);
  });
}

test('without the header Origin: 101', async ({strict}) => (await strict()).settle());

test('an allowed origin does not stand for a token', async ({upgrade}) => {
  check(403, (await upgrade({path: '/strict/websocket', headers: {Origin: 'http://allowed.test'}})).status);
});

// -- idle for 2 s --

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** The connection is closed about 2 s after the last message of `peer`, with 1001. After 1000 no client reconnects. */
async function expectIdleClose(peer, began) {
  await peer.expectClose(1001);
  const ms = performance.now() - began;
  if (ms < 1_900 || ms > scaled(6_000)) throw new Mismatch('2000 ms, or little more', `${ms} ms`, 'when it was closed');
}

test('a silent connection is closed with 1001 after 2 s', async ({strict, room}) => {
  const peer = await strict();
  const began = performance.now();
  await peer.join(room);
  await expectIdleClose(peer, began);
}, {seconds: 2});

test('so is a connection that never sent anything', async ({strict}) => {
  const began = performance.now();
  await expectIdleClose(await strict(), began);
}, {seconds: 2});

test('messages of the server do not count', async ({strict, connect, room, after}) => {
  const other = await connect();
  await other.join(room);
  const peer = await strict();
  const began = performance.now();
  await peer.join(room);
  const shouting = setInterval(() => other.send(['1', null, room, 'shout', {}]), 100);
  after(() => clearInterval(shouting));
  peer.ignores = (message) => Array.isArray(message) && message[3] === 'shout';
  await expectIdleClose(peer, began);
}, {seconds: 2});

test('a slow join does not count', async ({strict, room}) => {
  const peer = await strict();
  const began = performance.now();
  await peer.send(join(room, {sleep: 2_600}));
  peer.ignores = Array.isArray;  // on a slow machine the join is faster
  await expectIdleClose(peer, began);
}, {seconds: 3});

const signsOfLife = [
  ['heartbeats', (peer, i) => peer.send(heartbeat(`${i}`)), (i) => beat(`${i}`)],
  ['pings', (peer) => peer.ping('x'), () => ({pong: Buffer.from('x')})],
  ['pongs', (peer) => peer.frame(opcodes.pong, 'x')],
  ['messages that are not answered', (peer, i, room) => peer.send(['9', `${i}`, room, 'noreply', {}])],
  ['fragments', (peer, i) => peer.frame(i ? opcodes.continuation : opcodes.text, i ? ' ' : '[', {fin: false})],
  ['single bytes of a frame', (peer, i) => peer.raw(clientFrame(opcodes.ping, 'abcdef').subarray(i, i + 1))],
];

/** Acts five times, 800 ms apart. @returns false if this process was delayed so much that the result is meaningless */
async function keepAlive(peer, room, act, answer) {
  await peer.join(room);
  let last = performance.now();
  for (let i = 0; i < 5; i += 1) {
    await pause(800);
    const now = performance.now();
    if (now - last > 1_800) return false;
    last = now;
    act(peer, i, room);
    if (answer) check(answer(i), await peer.next(answer(i)));
  }
  check([], peer.inbox.waiting);
  return true;
}

for (const [title, act, answer] of signsOfLife) {
  test(`${title} keep a connection`, async ({strict, room}) => {
    for (let tries = 1; !await keepAlive(await strict(), room, act, answer); tries += 1) {
      if (tries === 10) throw new Mismatch('a machine with time for this case', 'none, ten times');
    }
  }, {seconds: 4});
}

test('/socket leaves a silent connection alone for longer', async ({connect, room}) => {
  const peer = await connect();
  await peer.join(room);
  await pause(4_000);
  await peer.settle();
}, {seconds: 4});

test('a broadcast reaches both sockets', async ({strict, connect, room}) => {
  const peers = [await strict(), await connect()];
  for (const peer of peers) await peer.join(room);
  await peers[0].send(['1', '2', room, 'shout', {}]);
  for (const peer of peers) await peer.expect(broadcast(room, 'shout', {}));
});
