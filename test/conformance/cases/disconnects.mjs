import {area} from '../lib/cases.mjs';
import {check, oneOf, someText} from '../lib/matching.mjs';
import {heartbeat, join, ok, reply} from '../lib/messages.mjs';
import {scaled} from '../lib/time.mjs';

const test = area('disconnects', 'Disconnecting the sockets of an id (socket.ex, id/1)');

/** A connection that can disconnect others. */
async function adminOf({connect, name}) {
  const room = name('room:');
  const peer = await connect();
  await peer.join(room);
  return {peer, disconnect: async (id) => check(ok(), await peer.ask(room, 'disconnect', {id}))};
}

test('closes every connection of the user with 1001, and no channel of it before', async (context) => {
  const {connect, strict, poll, room, user} = context;
  const admin = await adminOf(context);
  const peers = [await connect({params: {user}}), await connect({params: {user}}),
    await connect({params: {user}, vsn: '1.0.0'}), await strict()];
  const polling = await poll({params: {user}});
  for (const peer of [...peers, polling]) await peer.join(room);
  await admin.disconnect(`user_socket:${user}`);
  for (const peer of peers) await peer.expectClose(1001);
  check({end: true}, await polling.next('the end of the session'));
});

test('closes no other socket', async (context) => {
  const {connect, poll, room, user} = context;
  const admin = await adminOf(context);
  const others = [await connect(), await connect({params: {user: `${user}x`}}),
    await connect({params: {user: user.slice(0, -1)}}), await poll({params: {user: `x${user}`}})];
  for (const peer of others) await peer.join(room);
  for (const id of [`user_socket:${user}`, user, 'user_socket', '',
    `user_socket:${user}*`]) await admin.disconnect(id);
  for (const peer of others) await peer.settle();
});

test('closes a connection that has joined nothing', async (context) => {
  const peer = await context.connect({params: {user: context.user}});
  await peer.settle();
  await (await adminOf(context)).disconnect(`user_socket:${context.user}`);
  await peer.expectClose(1001);
});

test('closes a connection that waits for a slow join', async (context) => {
  const {connect, room, user} = context;
  const peer = await connect({params: {user}});
  await peer.send(['1', '1', room, 'phx_join', {sleep: scaled(400)}], heartbeat('h'));
  await peer.expect(reply(null, 'h', 'phoenix'));
  peer.ignores = Array.isArray;  // the reply to the join may come before
  await (await adminOf(context)).disconnect(`user_socket:${user}`);
  await peer.expectClose(1001);
});

test('a client that disconnects itself is gone before the reply to that', async ({connect, room, user}) => {
  const peer = await connect({params: {user}});
  await peer.join(room);
  await peer.send(['1', '2', room, 'disconnect', {id: `user_socket:${user}`}]);
  await peer.expectClose(1001);
});

test('a post that disconnects its own session is 200, and then the session is gone', async ({session, room, user}) => {
  const polling = await session({params: {user}});
  const disconnect = ['1', '2', room, 'disconnect', {id: `user_socket:${user}`}];
  check({status: 200}, await polling.post([JSON.stringify(join(room)), JSON.stringify(disconnect)]));
  check({status: 410}, await polling.post([JSON.stringify(heartbeat('h'))]));
});

test('the user may come back at once', async (context) => {
  const {connect, room, user} = context;
  const admin = await adminOf(context);
  for (let i = 0; i < 3; i += 1) {
    const peer = await connect({params: {user}});
    await peer.join(room);
    await admin.disconnect(`user_socket:${user}`);
    await peer.expectClose(1001);
  }
});

test('long poll: the next poll is 410 with a new token, and so is a post', async (context) => {
  const {session, room, user} = context;
  const admin = await adminOf(context);
  const [polling, posting] = [await session({params: {user}}), await session({params: {user}})];
  for (const one of [polling, posting]) check({status: 200},
    await one.post([JSON.stringify(['1', '1', room, 'phx_join', {}])]));
  await admin.disconnect(`user_socket:${user}`);
  const answer = await polling.poll();
  // Messages that were not fetched yet may come first.
  const last = answer.status === 200 ? await polling.poll() : answer;
  check({status: 410, token: someText, messages: []}, last);
  check(false, last.token === polling.token, 'the old token');
  check({status: 410}, await posting.post([JSON.stringify(heartbeat('h'))]));
});

test('long poll: a waiting poll is answered, and the session is gone', async (context) => {
  const {session, http, user} = context;
  const admin = await adminOf(context);
  const polling = await session({params: {user}});
  const waiting = polling.poll({connection: await http(), limitMs: 12_000});
  await admin.disconnect(`user_socket:${user}`);
  check(oneOf(204, 410), (await waiting).status);
  check({status: 410, token: someText, messages: []}, await polling.poll());
});
