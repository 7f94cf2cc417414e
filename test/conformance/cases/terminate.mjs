import {area} from '../lib/cases.mjs';
import {Mismatch, check, oneOf, someText} from '../lib/matching.mjs';
import {closed, heartbeat, join, leave, ok, reply} from '../lib/messages.mjs';
import {clientFrame} from '../lib/websocket_frame.mjs';

const test = area('terminate',
  'terminate runs once, with the reason (channel/server.ex; a channel that was replaced says nothing)');

/** The client's message, and the reason that terminate gets. */
const ownEnds = [
  ['a leave', (room) => leave(room, '2'), 'left'],
  ['a stop', (room) => ['1', '2', room, 'stop', {}], 'normal'],
  ['a stop with a reply', (room) => ['1', '2', room, 'stop_reply', {}], 'normal'],
  ['a stop with the reason shutdown', (room) => ['1', '2', room, 'stop_shutdown', {}], 'shutdown'],
  ['a stop with an error', (room) => ['1', '2', room, 'stop_error', {}], 'boom'],
  ['a crash', (room) => ['1', '2', room, 'crash', {}], 'crash'],
  ['an event that is not handled', (room) => ['1', '2', room, 'no such event', {}], 'unhandled event'],
  ['a stop by handle_out', (room, user) => ['1', '2', room, 'private', {stop: user}], 'normal'],
];
const carriers = [
  ['WebSocket, version 2', ({connect}, params) => connect({params})],
  ['WebSocket, version 1', ({connect}, params) => connect({params, vsn: '1.0.0'})],
  ['long poll', ({poll}, params) => poll({params})],
];

for (const [title, message, reason] of ownEnds) {
  for (const [how, open] of carriers) {
    test(`${title} (${how})`, async (context) => {
      const {audit, room, user} = context;
      const listener = await audit();
      const peer = await open(context, {user});
      await peer.join(room);
      await peer.send(message(room, user));
      check({topic: room, user, reason}, await listener.report(room));
      check(false, await listener.hasReported(room), 'a second report');
    });
  }
}

/** How connections end that have joined a room, and the reason. */
const connectionEnds = [
  ['the client closes with 1000', (peer) => peer.close(1000), 'closed'],
  ['the client closes with 1001', (peer) => peer.close(1001), 'closed'],
  ['the client closes with no code', (peer) => peer.close(), 'closed'],
  ['the client ends the stream without a close frame', (peer) => peer.carrier.tcp.hangUp(), 'closed'],
  ['the client vanishes', (peer) => peer.drop(), 'closed'],
  ['the client resets the connection', (peer) => peer.carrier.tcp.reset(), 'closed'],
  ['text that is no JSON', (peer) => peer.sendText('{'), someText],
  ['a binary message of an unknown kind', (peer) => peer.send(Buffer.from([9, 0, 0, 0, 0])), someText],
  ['text that is not UTF-8', (peer) => peer.frame(1, Buffer.from([0xff])), someText],
  ['a frame that is not masked', (peer) => peer.frame(1, 'x', {masked: false}), someText],
  ['a frame that is too large', (peer) => peer.raw(clientFrame(2, '', {declared: 3_000_000})), someText],
];

for (const [title, end, reason] of connectionEnds) {
  test(`${title}: every channel of the connection ends`, async ({connect, audit, room, user}) => {
    const listener = await audit();
    const peer = await connect({params: {user}});
    const topics = [room, `${room}:b`, `${room}:c`];
    for (const topic of topics) await peer.join(topic);
    await end(peer);
    for (const topic of topics) check({topic, user, reason}, await listener.report(topic));
    for (const topic of topics) check(false, await listener.hasReported(topic), 'a second report');
  });
}

test('a disconnect: every channel of the id ends', async ({connect, poll, audit, room, user}) => {
  const listener = await audit();
  const peers = [[await connect({params: {user}}), `${room}:a`], [await poll({params: {user}}), `${room}:b`]];
  for (const [peer, topic] of peers) await peer.join(topic);
  const admin = await connect();
  await admin.join(room);
  check(ok(), await admin.ask(room, 'disconnect', {id: `user_socket:${user}`}));
  for (const [, topic] of peers) check({topic, user, reason: someText}, await listener.report(topic));
});

test('a connection that was idle for too long: its channels end', async ({strict, audit, room, user}) => {
  const listener = await audit();
  const peer = await strict();
  await peer.join(room);
  check({topic: room, user, reason: someText}, await listener.report(room));
}, {seconds: 2});

test('without a user the report has null', async ({connect, audit, room}) => {
  const listener = await audit();
  const peer = await connect();
  await peer.join(room);
  peer.drop();
  check({topic: room, user: null, reason: 'closed'}, await listener.report(room));
});

test('a channel that is busy when its client vanishes ends when it is done', async ({connect, audit, room}) => {
  const listener = await audit();
  const peer = await connect();
  await peer.join(room);
  const began = performance.now();
  await peer.send(['1', '2', room, 'sleep', {ms: 300}], heartbeat('h'));
  await peer.expect(reply(null, 'h', 'phoenix'));
  peer.drop();
  check({topic: room, user: null, reason: 'closed'}, await listener.report(room));
  const ms = performance.now() - began;
  if (ms < 299) throw new Mismatch('300 ms at least', `${ms} ms`, 'when terminate ran');
});

test('a channel whose client vanishes while its join is slow ends, once', async ({connect, audit, room}) => {
  const listener = await audit();
  const peer = await connect();
  await peer.send(join(room, {sleep: 200}), heartbeat('h'));
  await peer.expect(reply(null, 'h', 'phoenix'));
  peer.drop();
  check({topic: room, user: null, reason: someText}, await listener.report(room));
  check(false, await listener.hasReported(room), 'a second report');
});

test('a channel that a second join replaced reports nothing', async ({connect, audit, room}) => {
  const listener = await audit();
  const peer = await connect();
  await peer.join(room);
  await peer.send(join(room, {}, '2'));
  await peer.expect(reply('2', '2', room), closed('1', room));
  check(false, await listener.hasReported(room), 'a report');
  peer.drop();
  check({topic: room, user: null, reason: 'closed'}, await listener.report(room));
  check(false, await listener.hasReported(room), 'a second report');
});

for (const [title, topic, payload] of [['refused', () => 'room:deny', {}], ['crashed', (room) => room, {crash: true}]]) {
  test(`a join that was ${title} has nothing to end`, async ({connect, audit, room}) => {
    const listener = await audit();
    const peer = await connect();
    await peer.send(join(topic(room), payload));
    check(['1', '1', topic(room), 'phx_reply',
      {status: 'error', response: oneOf({reason: 'unauthorized'}, {reason: 'join crashed'})}],
      await peer.next('a refusal'));
    peer.drop();
    check(false, await listener.hasReported(topic(room)), 'a report');
  });
}

test('a client that joined audit gets reports of its own rooms too', async ({connect, audit, room}) => {
  const listener = await audit();
  await listener.peer.send(join(room), ['1', '2', room, 'stop', {}]);
  await listener.peer.skipTo(reply('1', '1', room));
  await listener.peer.skipTo(closed('1', room));
  check({topic: room, user: null, reason: 'normal'}, await listener.report(room));
  const other = await connect();
  await other.join('audit');
  other.drop();
  check(false, await listener.hasReported('audit'), 'a report');
});
