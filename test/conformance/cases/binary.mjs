import {area} from '../lib/cases.mjs';
import {check} from '../lib/matching.mjs';
import {beat, binary, broadcast, closed, crashed, notJoined, ok, reply} from '../lib/messages.mjs';

const test = area('binary', 'Binary messages of version 2 (v2_json_serializer.ex)');

const allBytes = Buffer.from(Array.from({length: 256}, (_, i) => i));

async function joined({connect, room}, ref = '1', options = {}) {
  const peer = await connect(options);
  await peer.join(room, {}, ref);
  return peer;
}

test('the layouts, byte by byte', async ({connect}) => {
  const room = 'room:a';
  const peer = await connect();
  await peer.join(room);
  await peer.send(Buffer.from([0, 1, 1, 6, 4, ...Buffer.from('12room:aecho'), 1, 2]));
  await peer.expect(Buffer.from([1, 1, 1, 6, 2, ...Buffer.from('12room:aok'), 1, 2]));
  await peer.send(Buffer.from([0, 1, 1, 6, 4, ...Buffer.from('13room:apush'), 1, 2]));
  await peer.expect(Buffer.from([0, 1, 6, 6, ...Buffer.from('1room:apushed'), 1, 2]));
  await peer.send(Buffer.from([0, 1, 1, 6, 5, ...Buffer.from('14room:ashout'), 0xff]));
  await peer.expect(Buffer.from([2, 6, 5, ...Buffer.from('room:ashout'), 0xff]));
});

for (const [title, data] of [['no bytes', []], ['a zero', [0]], ['all bytes', allBytes],
  ['bytes that look like JSON', Buffer.from('{"a":1}')], ['100 kB', Buffer.alloc(100_000, 7)]]) {
  test(`${title}: as a reply, an error, a push and a broadcast`, async (context) => {
    const {room} = context;
    const peer = await joined(context);
    await peer.send(binary.clientPush('1', '2', room, 'echo', data));
    await peer.expect(binary.reply('1', '2', room, 'ok', data));
    await peer.send(binary.clientPush('1', '3', room, 'error', data));
    await peer.expect(binary.reply('1', '3', room, 'error', data));
    await peer.send(binary.clientPush('1', '4', room, 'push', data));
    await peer.expect(binary.push('1', room, 'pushed', data));
    await peer.send(binary.clientPush('1', '5', room, 'shout', data));
    await peer.expect(binary.broadcast(room, 'shout', data));
    await peer.settle();
  });
}

test('fields may be 255 bytes long', async ({connect, name}) => {
  const room = name('room:').padEnd(255, 'x');
  const ref = 'r'.repeat(255);
  const peer = await connect();
  await peer.join(room, {}, ref);
  await peer.send(binary.clientPush(ref, ref, room, 'echo', [1]));
  await peer.expect(binary.reply(ref, ref, room, 'ok', [1]));
  await peer.send(binary.clientPush(ref, '2', room, 'push', [1]));
  await peer.expect(binary.push(ref, room, 'pushed', [1]));
  await peer.send(binary.clientPush(ref, '3', room, 'shout', [1]));
  await peer.expect(binary.broadcast(room, 'shout', [1]));
  await peer.send(binary.clientPush(ref, '4', room, 'e'.repeat(255), [1]));
  await peer.expect(crashed(ref, room));
});

test('a topic of 256 bytes is for text alone', async ({connect, name}) => {
  const room = name('room:').padEnd(256, 'x');
  const peer = await connect();
  await peer.join(room);
  check(ok({n: 1}), await peer.ask(room, 'echo', {n: 1}));
  await peer.send(['1', '2', room, 'shout', {n: 1}]);
  await peer.expect(broadcast(room, 'shout', {n: 1}));
});

test('fields are UTF-8, and their sizes are in bytes', async ({connect, room}) => {
  const topic = `${room}:é🚀`;
  const peer = await connect();
  await peer.join(topic, {}, 'ü');
  await peer.send(binary.clientPush('ü', '日', topic, 'echo', [1]));
  await peer.expect(binary.reply('ü', '日', topic, 'ok', [1]));
});

test('an empty join_ref is "", not null: to a channel joined with "1" it is another one', async (context) => {
  const {room} = context;
  const peer = await joined(context);
  await peer.send(binary.clientPush('', '2', room, 'echo', [1]), binary.clientPush('0', '3', room, 'echo', [1]),
    binary.clientPush('', '4', room, 'phx_leave'));
  await peer.settle();
  check(ok({n: 1}), await peer.ask(room, 'echo', {n: 1}));
});

test('a channel that was joined without join_ref is out of reach for binary pushes', async ({connect, room}) => {
  const peer = await connect();
  await peer.join(room, {}, '1', null);
  await peer.send(binary.clientPush('', '2', room, 'echo', [1]), binary.clientPush('1', '3', room, 'echo', [1]));
  await peer.settle();
});

test('an empty ref is "", and is echoed in binary as no bytes', async (context) => {
  const {room} = context;
  const peer = await joined(context);
  await peer.send(binary.clientPush('1', '', room, 'echo', [1]));
  await peer.expect(binary.reply('1', '', room, 'ok', [1]));
  await peer.send(binary.clientPush('1', '', room, 'ping'));
  await peer.expect(reply('1', '', room));
});

test('a join, a leave and a heartbeat may be binary; their answers are text', async ({connect, room}) => {
  const peer = await connect();
  await peer.send(binary.clientPush('', '5', 'phoenix', 'heartbeat', [1]),
    binary.clientPush('x', '', 'phoenix', 'heartbeat'));
  await peer.expect(beat('5'), beat(''));
  await peer.send(binary.clientPush('1', '2', room, 'phx_join', [1, 2]));
  await peer.expect(reply('1', '2', room));
  check(ok({n: 1}), await peer.ask(room, 'echo', {n: 1}));
  await peer.send(binary.clientPush('1', '3', room, 'phx_leave', [1]));
  await peer.expect(reply('1', '3', room), closed('1', room));
  await peer.send(binary.clientPush('1', '4', room, 'phx_leave'), binary.clientPush('1', '5', room, 'echo'),
    binary.clientPush('', '6', 'nowhere', 'phx_join'));
  await peer.expect(reply('1', '4', room), notJoined('5', room), notJoined('6', 'nowhere'));
});

test('a binary join with empty refs: "" everywhere', async ({connect, room}) => {
  const peer = await connect();
  await peer.send(binary.clientPush('', '', room, 'phx_join'));
  await peer.expect(reply('', '', room));
  await peer.send(binary.clientPush('', '2', room, 'push', [1]));
  await peer.expect(binary.push('', room, 'pushed', [1]));
  await peer.send(['', '3', room, 'push', {}]);
  await peer.expect(['', null, room, 'pushed', {}]);
  await peer.send(['', '4', room, 'stop', {}]);
  await peer.expect(closed('', room));
});

test('a binary push whose reply is JSON is answered with text', async (context) => {
  const {room} = context;
  const peer = await joined(context);
  await peer.send(binary.clientPush('1', '2', room, 'ping', [1]), binary.clientPush('1', '3', room, 'assigns', [1]));
  await peer.expect(reply('1', '2', room), reply('1', '3', room, ok({})));
});

test('binary and text keep their order', async (context) => {
  const {room} = context;
  const peer = await joined(context);
  for (let i = 0; i < 20; i += 1) await peer.send(['1', `t${i}`, room, 'echo', {i}],
    binary.clientPush('1', `b${i}`, room, 'echo', [i]));
  for (let i = 0; i < 20; i += 1) await peer.expect(reply('1', `t${i}`, room, ok({i})),
    binary.reply('1', `b${i}`, room, 'ok', [i]));
});

test('a broadcast reaches the others, and shout_from spares the sender', async (context) => {
  const {room} = context;
  const [ana, bob] = [await joined(context), await joined(context, 'b')];
  await ana.send(binary.clientPush('1', '2', room, 'shout', allBytes));
  for (const peer of [ana, bob]) await peer.expect(binary.broadcast(room, 'shout', allBytes));
  await ana.send(binary.clientPush('1', '3', room, 'shout_from', [1]));
  await bob.expect(binary.broadcast(room, 'shout', [1]));
  await ana.settle();
});

test('stop_reply answers with the bytes, then closes', async (context) => {
  const {room} = context;
  const peer = await joined(context);
  await peer.send(binary.clientPush('1', '2', room, 'stop_reply', [1, 2]));
  await peer.expect(binary.reply('1', '2', room, 'ok', [1, 2]), closed('1', room));
});

test('a binary push is lost together with a leave', async (context) => {
  const {room} = context;
  const peer = await joined(context);
  await peer.send(binary.clientPush('1', '2', room, 'phx_leave'), binary.clientPush('1', '3', room, 'echo', [1]));
  await peer.expect(reply('1', '2', room), closed('1', room));
  await peer.settle();
});

// A client of version 1 cannot receive bytes (v1_json_serializer.ex). Only the message is lost.
test('bytes reach version 2 with a client of version 1 in the room, which lives on', async (context) => {
  const {room} = context;
  const [old, ana, bob] = [await joined(context, '1', {vsn: '1.0.0'}), await joined(context), await joined(context)];
  await ana.send(binary.clientPush('1', '2', room, 'shout', [1, 255]));
  for (const peer of [ana, bob]) await peer.expect(binary.broadcast(room, 'shout', [1, 255]));
  await bob.send(['1', '3', room, 'shout', {n: 1}]);
  for (const peer of [old, ana, bob]) await peer.expect(broadcast(room, 'shout', {n: 1}));
});
