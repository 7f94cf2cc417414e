import {LongPoll} from 'phoenix';
import WebSocket from 'ws';

import {area} from '../lib/cases.mjs';
import {answer, eventually, heard} from '../lib/client.mjs';
import {check} from '../lib/matching.mjs';
import {ok} from '../lib/messages.mjs';
import {scaled} from '../lib/time.mjs';
import {userToken} from '../lib/token.mjs';

const test = area('client', 'What the official client expects (assets/js/phoenix)');

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const transports = [['WebSocket', WebSocket], ['long poll', LongPoll]];
const bytesOf = (value) => (value instanceof ArrayBuffer ? Buffer.from(value) : value);

/** A client that has joined a room, and counts its joins, errors and closes. */
async function member({client, room, user}, options = {}) {
  const socket = client({params: {user}, ...options});
  const seen = {joins: 0, errors: 0, closes: 0, codes: []};
  socket.onClose((event) => seen.codes.push(event.code));
  socket.connect();
  const channel = socket.channel(room, options.payload);
  channel.onError(() => { seen.errors += 1; });
  channel.onClose(() => { seen.closes += 1; });
  channel.join().receive('ok', () => { seen.joins += 1; });
  await eventually('a join', () => seen.joins === 1);
  return {socket, channel, seen};
}

for (const [how, transport] of transports) {
  test(`join, push, broadcast, error, leave (${how})`, async (context) => {
    const {client, room, user} = context;
    const socket = client({transport, params: {user}});
    socket.connect();
    const channel = socket.channel(room, {reply: {hello: 'é'}});
    check({hello: 'é'}, await answer(channel.join()));
    check({a: [1, '🚀']}, await answer(channel.push('echo', {a: [1, '🚀']})));
    check({reason: 1}, await answer(channel.push('error', {reason: 1}), 'error'));
    check({}, await answer(channel.push('ping', {})));
    check({user}, await answer(channel.push('assigns', {})));
    const [pushed, shout] = [heard(channel, 'pushed'), heard(channel, 'shout')];
    channel.push('push', {n: 1});
    channel.push('shout', {n: 2});
    check([{n: 1}, {n: 2}], await Promise.all([pushed, shout]));
    check({}, await answer(channel.leave()));
    await eventually('a closed channel', () => channel.state === 'closed' && socket.channels.length === 0);
  });

  test(`a crash is told, and the channel joins again by itself (${how})`, async (context) => {
    const {channel, seen} = await member(context, {transport});
    for (let i = 1; i <= 3; i += 1) {
      channel.push('crash', {});
      await eventually('an error and another join', () => seen.errors === i && seen.joins === i + 1);
      check({i}, await answer(channel.push('echo', {i})));
    }
    check([0, []], [seen.closes, seen.codes]);
  });

  test(`a stop closes the channel, which stays away (${how})`, async (context) => {
    const {socket, channel, seen} = await member(context, {transport});
    const other = socket.channel(`${context.room}:other`);
    let joins = 0;
    other.join().receive('ok', () => { joins += 1; });
    await eventually('a second channel', () => joins === 1);
    channel.push('stop', {});
    await eventually('a closed channel', () => seen.closes === 1);
    other.push('crash', {});
    await eventually('the other channel to join again', () => joins === 2);
    check(['closed', 0, 1, 1], [channel.state, seen.errors, seen.joins, socket.channels.length]);
  });

  test(`who was disconnected comes back and joins again (${how})`, async (context) => {
    const {channel, seen} = await member(context, {transport});
    const admin = await context.connect();
    await admin.join(`${context.room}:admin`);
    check(ok(), await admin.ask(`${context.room}:admin`, 'disconnect', {id: `user_socket:${context.user}`}));
    await eventually('another join', () => seen.joins === 2);
    check({a: 1}, await answer(channel.push('echo', {a: 1})));
    if (transport === WebSocket) check([1001], seen.codes);
  });

  test(`what is pushed before the join is answered is sent after it (${how})`, async ({client, room}) => {
    const socket = client({transport});
    const channel = socket.channel(room, {sleep: 100});
    const joined = answer(channel.join());
    const early = ['a', 'b', 'c'].map((n) => answer(channel.push('echo', {n})));
    socket.connect();
    await joined;
    check([{n: 'a'}, {n: 'b'}, {n: 'c'}], await Promise.all(early));
  });

  test(`three hundred pushes at once are all answered (${how})`, async (context) => {
    const {channel} = await member(context, {transport});
    const all = await Promise.all(Array.from({length: 300}, (_, n) => answer(channel.push('echo', {n}))));
    check(Array.from({length: 300}, (_, n) => ({n})), all);
  });

  test(`a second channel object for the topic takes the place of the first (${how})`, async (context) => {
    const {socket, seen} = await member(context, {transport});
    const again = socket.channel(context.room);
    await answer(again.join());
    check({a: 1}, await answer(again.push('echo', {a: 1})));
    await eventually('the first to be closed', () => seen.closes === 1);
    check(['joined', 0], [again.state, seen.errors]);
  });
}

test('a refused join is tried again until the channel is left', async ({client}) => {
  const socket = client();
  socket.connect();
  const channel = socket.channel('room:deny');
  const reasons = [];
  channel.join().receive('error', ({reason}) => reasons.push(reason));
  await eventually('three refusals', () => reasons.length >= 3);
  channel.leave();
  await eventually('a closed channel', () => channel.state === 'closed');
  check(['unauthorized'], [...new Set(reasons)]);
});

test('a join of a topic without a class is refused', async ({client}) => {
  const socket = client();
  socket.connect();
  check({reason: 'unmatched topic'}, await answer(socket.channel('nowhere').join(), 'error'));
});

test('a push that is not answered times out, and the channel goes on', async (context) => {
  const {channel} = await member(context);
  await answer(channel.push('noreply', {}, 80), 'timeout');
  check({a: 1}, await answer(channel.push('echo', {a: 1})));
});

test('a join that times out is left and tried again', async ({client, room}) => {
  const socket = client();
  socket.connect();
  let tries = 0;
  const channel = socket.channel(room, () => ({sleep: tries++ === 0 ? scaled(400) : 0}));
  const seen = {joins: 0, timeouts: 0};
  channel.join(scaled(100)).receive('ok', () => { seen.joins += 1; }).receive('timeout', () => { seen.timeouts += 1; });
  await eventually('a timeout and a join', () => seen.timeouts >= 1 && seen.joins >= 1);
  check({a: 1}, await answer(channel.push('echo', {a: 1})));
  check('joined', channel.state);
});

test('heartbeats keep the connection, also during a slow join', async (context) => {
  const {seen, channel} = await member(context, {heartbeatIntervalMs: scaled(100), payload: {sleep: scaled(400)}});
  await pause(scaled(300));
  check({a: 1}, await answer(channel.push('echo', {a: 1})));
  check([[], 1], [seen.codes, seen.joins]);
});

test('ping measures a round trip', async (context) => {
  const {socket} = await member(context);
  check('number', typeof await new Promise((resolve) => socket.ping(resolve)));
});

test('bytes go up and come back, as reply, push and broadcast', async (context) => {
  const {channel} = await member(context);
  const data = Uint8Array.from([0, 1, 127, 128, 255]);
  const [pushed, shout] = [heard(channel, 'pushed'), heard(channel, 'shout')];
  check(Buffer.from(data), bytesOf(await answer(channel.push('echo', data.buffer))));
  channel.push('push', data.buffer);
  channel.push('shout', data.buffer);
  check([Buffer.from(data), Buffer.from(data)], (await Promise.all([pushed, shout])).map(bytesOf));
});

test('long poll: bytes are sent, and the client can read those that it receives', async (context) => {
  const {channel} = await member(context, {transport: LongPoll});
  const data = Buffer.from([0, 1, 127, 128, 255]);
  check(data.toString('base64'), await answer(channel.push('echo', Uint8Array.from(data).buffer)));
});

test('a lost connection: the client reconnects, joins again and sends the pushes made meanwhile', async (context) => {
  const {socket, channel, seen} = await member(context, {reconnectAfterMs: () => 100});
  socket.conn.terminate();
  await eventually('an error', () => seen.errors >= 1);
  check({meanwhile: true}, await answer(channel.push('echo', {meanwhile: true})));
  check(2, seen.joins);
});

test('if no WebSocket can be opened, the client falls back to long poll', async ({client, room}) => {
  class Broken extends WebSocket {
    constructor(url, protocols) {
      super(url.replace('/socket/websocket', '/nowhere/websocket'), protocols);
    }
  }
  const socket = client({transport: Broken, longPollFallbackMs: scaled(3_000)});
  socket.connect();
  const channel = socket.channel(room);
  await answer(channel.join());
  check(LongPoll, socket.transport);
  check({a: 1}, await answer(channel.push('echo', {a: 1})));
});

test('a slow join is no reason to fall back: the ping of the fallback is answered', async ({client, room}) => {
  const socket = client({longPollFallbackMs: scaled(300)});
  socket.connect();
  await answer(socket.channel(room, {sleep: scaled(700)}).join());
  check(WebSocket, socket.transport);
});

test('a token lets the client in, and without one it never opens', async ({client, room, user}) => {
  const socket = client({path: '/strict', params: () => ({token: userToken(user)})});
  socket.connect();
  const channel = socket.channel(room);
  await answer(channel.join());
  check({user}, await answer(channel.push('assigns', {})));
  const other = client({path: '/strict'});
  const seen = {opens: 0, errors: 0};
  other.onOpen(() => { seen.opens += 1; });
  other.onError(() => { seen.errors += 1; });
  other.connect();
  await eventually('two errors', () => seen.errors >= 2);
  check(0, seen.opens);
});

test('thirty clients that are disconnected at once all come back', async (context) => {
  const members = await Promise.all(Array.from({length: 30}, () => member(context)));
  const admin = await context.connect();
  await admin.join(`${context.room}:admin`);
  for (let round = 2; round <= 3; round += 1) {
    check(ok(), await admin.ask(`${context.room}:admin`, 'disconnect', {id: `user_socket:${context.user}`}));
    await eventually('all to join again', () => members.every(({seen}) => seen.joins === round));
  }
  const everyone = Promise.all(members.map(({channel}) => heard(channel, 'shout')));
  members[0].channel.push('shout', {n: 1});
  check(members.map(() => ({n: 1})), await everyone);
});
