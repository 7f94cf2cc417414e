import {area} from '../lib/cases.mjs';
import {check} from '../lib/matching.mjs';
import {closed, crashed, error, join, leave, ok, pushed, reply} from '../lib/messages.mjs';
import {scaled} from '../lib/time.mjs';
import {from, fromInAnyOrder, to, transcripts} from '../lib/transcript.mjs';

const test = area('pushes', 'Pushes, replies and their order (channel/server.ex, channel.ex)');

const joined = (room, ref = '1') => [to(join(room, {}, ref)), from(reply(ref, ref, room))];
const json = [{}, {a: [1, {b: null}]}, null, 'text', '', 0, -1, 1.5, 1e21, true, false, [], [[], [1]],
  {'': 1, 'a.b': 2, 0: 3, status: 4}];

transcripts(test, [
  ['a payload of any JSON type reaches the channel and comes back', (room) => [
    ...joined(room),
    ...json.flatMap((payload, i) => [to('1', `${i}`, room, 'echo', payload),
      from(reply('1', `${i}`, room, ok(payload)))]),
  ]],
  ['a reply with the status error, and the channel lives on', (room) => [
    ...joined(room),
    ...json.flatMap((payload, i) => [to('1', `${i}`, room, 'error', payload),
      from(reply('1', `${i}`, room, error(payload)))]),
    to('1', 'p', room, 'ping', {}), from(reply('1', 'p', room)),
  ]],
  ['a reply without a payload has an empty object', (room) => [
    ...joined(room), to('1', '2', room, 'ping', {n: 1}), from(reply('1', '2', room, {status: 'ok', response: {}})),
  ]],
  ['if the channel does not reply, nothing arrives', (room) => [
    ...joined(room), to('1', '2', room, 'noreply', {}), to('1', '3', room, 'noreply', {}),
    to('1', '4', room, 'ping', {}), from(reply('1', '4', room)),
  ]],
  ['the server may push any object', (room) => [
    ...joined(room),
    ...[{}, {a: null},
      {a: {b: [1, 'é🚀']}}].flatMap((payload) => [to('1', null, room, 'push', payload),
        from(pushed('1', room, 'pushed', payload))]),
  ]],
  ['a hundred pushes sent together are answered in order', (room) => {
    const refs = Array.from({length: 100}, (_, i) => `${i}`);
    return [
      ...joined(room), ...refs.slice(0, 100).map((ref) => to('1', ref, room, 'echo', {ref})),
      ...refs.map((ref) => from(reply('1', ref, room, ok({ref})))),
    ];
  }],
  ['replies and pushes of a channel keep the order in which it made them', (room) => {
    const refs = Array.from({length: 25}, (_, i) => `${i}`);
    return [
      ...joined(room), ...refs.flatMap((ref) => [to('1', ref, room, 'push', {ref}), to('1', ref, room, 'echo', {ref})]),
      ...refs.flatMap((ref) => [from(pushed('1', room, 'pushed', {ref})), from(reply('1', ref, room, ok({ref})))]),
    ];
  }],

  ['a busy channel answers later messages when it is done', (room) => [
    ...joined(room), to('1', '2', room, 'sleep', {ms: scaled(80)}), to('1', '3', room, 'echo', {n: 1}),
    to('1', '4', room, 'push', {}),
    from(reply('1', '2', room)), from(reply('1', '3', room, ok({n: 1}))), from(pushed('1', room, 'pushed', {})),
  ]],
  ['a busy channel holds up neither heartbeats nor other channels, nor new joins', (room) => [
    ...joined(room), ...joined(`${room}:b`, 'b'),
    to('1', '2', room, 'sleep', {ms: scaled(200)}), to('b', '3', `${room}:b`, 'ping', {}),
    to(null, 'h', 'phoenix', 'heartbeat', {}), to(join(`${room}:c`, {}, 'c')),
    fromInAnyOrder(reply('b', '3', `${room}:b`), reply(null, 'h', 'phoenix'), reply('c', 'c', `${room}:c`)),
    from(reply('1', '2', room)),
  ]],
  ['two busy channels do not wait for each other', (room) => [
    ...joined(`${room}:a`, 'a'), ...joined(`${room}:b`, 'b'),
    to('a', '1', `${room}:a`, 'sleep', {ms: scaled(250)}), to('b', '2', `${room}:b`, 'sleep', {ms: scaled(20)}),
    from(reply('b', '2', `${room}:b`)), from(reply('a', '1', `${room}:a`)),
  ]],
  ['a later reply comes when it is due, with the ref of its push', (room) => [
    ...joined(room), to('1', 'l', room, 'later', {ms: scaled(250), n: 1}), to('1', '2', room, 'ping', {}),
    to('1', 'm', room, 'later', {ms: 10, n: 2}),
    from(reply('1', '2', room)), from(reply('1', 'm', room, ok({ms: 10, n: 2}))),
    from(reply('1', 'l', room, ok({ms: scaled(250), n: 1}))),
  ]],
  ['a later reply comes after the channel has been left too', (room) => [
    ...joined(room), to('1', 'l', room, 'later', {ms: scaled(200)}), to(leave(room, '2')),
    from(reply('1', '2', room)), from(closed('1', room)), from(reply('1', 'l', room, ok({ms: scaled(200)}))),
  ]],
  ['a later reply comes after the channel has crashed, and has the join_ref it had', (room) => [
    ...joined(room), to('1', 'l', room, 'later', {ms: scaled(200)}), to('1', '2', room, 'crash', {}), from(crashed('1', room)),
    ...joined(room, '3'), from(reply('1', 'l', room, ok({ms: scaled(200)}))),
  ]],

  ['assigns have the user of the connection and the assigned values', (room, {user}) => [
    ...joined(room), to('1', '2', room, 'assigns', {}), from(reply('1', '2', room, ok({user}))),
    to('1', '3', room, 'assign', {key: 'a', value: {b: [1, null]}}), from(reply('1', '3', room)),
    to('1', '4', room, 'assign', {key: 'n', value: null}), from(reply('1', '4', room)),
    to('1', '5', room, 'assign', {key: 'a', value: 2}), from(reply('1', '5', room)),
    to('1', '6', room, 'assigns', {}), from(reply('1', '6', room, ok({user, a: 2, n: null}))),
  ], {params: ({user}) => ({user})}],
  ['without a user there are no assigns', (room) => [
    ...joined(room), to('1', '2', room, 'assigns', {}), from(reply('1', '2', room, ok({}))),
  ]],
  ['a channel may assign itself another user; the other channels keep theirs', (room, {user}) => [
    ...joined(room), ...joined(`${room}:b`, 'b'), to('1', '2', room, 'assign', {key: 'user', value: 'other'}),
    from(reply('1', '2', room)),
    to('b', '3', `${room}:b`, 'assigns', {}), from(reply('b', '3', `${room}:b`, ok({user}))),
  ], {params: ({user}) => ({user})}],
]);

test('a reply goes to the connection that pushed, and to no other', async ({connect, room}) => {
  const [ana, bob] = [await connect(), await connect()];
  for (const peer of [ana, bob]) await peer.join(room);
  check(ok({n: 1}), await ana.ask(room, 'echo', {n: 1}));
  await bob.settle();
});

test('twenty connections push at once, and each is answered in its order', async ({connect, room}) => {
  const peers = await Promise.all(Array.from({length: 20}, () => connect()));
  await Promise.all(peers.map((peer) => peer.join(room)));
  for (let n = 0; n < 50; n += 1) for (const [i, peer] of peers.entries()) peer.send(['1', `${n}`, room, 'echo',
    {i, n}]);
  for (const [i, peer] of peers.entries()) for (let n = 0; n < 50; n += 1) await peer.expect(reply('1', `${n}`, room,
    ok({i, n})));
});

test('a thousand pushes on ten channels are answered, each channel in its order', async ({connect, room}) => {
  const peer = await connect();
  const topics = Array.from({length: 10}, (_, i) => `${room}:${i}`);
  for (const topic of topics) await peer.join(topic, {}, topic);
  for (let n = 0; n < 100; n += 1) for (const topic of topics) peer.send([topic, n, topic, 'echo', {n}]);
  const heard = Object.fromEntries(topics.map((topic) => [topic, 0]));
  for (let i = 0; i < 1000; i += 1) {
    const [, n, topic] = await peer.next('a reply');
    check(heard[topic], n, topic);
    heard[topic] += 1;
  }
});

// Version 2 wants an object or bytes (v2_json_serializer.ex). The channel does the encoding, and crashes on all else.
for (const payload of [null, 'text', 7, true, [1]]) {
  test(`version 2: pushing ${JSON.stringify(payload)} crashes the channel`, async ({connect, room}) => {
    const peer = await connect();
    await peer.join(room);
    await peer.send(['1', '2', room, 'push', payload]);
    await peer.expect(crashed('1', room));
    await peer.settle();
  });

  test(`version 1: pushing ${JSON.stringify(payload)} is fine`, async ({connect, room}) => {
    const peer = await connect({vsn: '1.0.0'});
    await peer.join(room);
    await peer.send(['1', '2', room, 'push', payload]);
    await peer.expect(pushed('1', room, 'pushed', payload));
  });
}
