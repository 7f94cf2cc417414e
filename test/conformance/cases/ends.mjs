import {area} from '../lib/cases.mjs';
import {oneOf} from '../lib/matching.mjs';
import {closed, crashed, join, leave, notJoined, ok, pushed, reply} from '../lib/messages.mjs';
import {from, fromInAnyOrder, to, transcripts} from '../lib/transcript.mjs';

const test = area('ends', 'How channels stop and crash (channel/server.ex, socket.ex)');

const joined = (room, ref = '1') => [to(join(room, {}, ref)), from(reply(ref, ref, room))];

/** The causes of a channel's end, and the events that its client receives. */
const ends = [
  {event: 'stop', told: (room) => [closed('1', room)]},
  {event: 'stop_shutdown', told: (room) => [closed('1', room)]},
  {event: 'stop_reply', told: (room, payload) => [reply('1', '2', room, ok(payload)), closed('1', room)]},
  {event: 'stop_error', told: (room) => [crashed('1', room)]},
  {event: 'crash', told: (room) => [crashed('1', room)]},
  {event: 'no such event', told: (room) => [crashed('1', room)]},
];

transcripts(test, ends.flatMap(({event, told}) => [
  [`${event}: the client is told, and the topic is not joined any more`, (room) => [
    ...joined(room), to('1', '2', room, event, {n: 1}), ...told(room, {n: 1}).map((message) => from(message)),
    to('1', '3', room, 'echo', {}), from(notJoined('3', room)), to(leave(room, '4')), from(reply('1', '4', room)),
  ]],
  [`${event}: the topic can be joined again, and starts afresh`, (room) => [
    ...joined(room), to('1', 'a', room, 'assign', {key: 'a', value: 1}), from(reply('1', 'a', room)),
    to('1', '2', room, event, {}), ...told(room, {}).map((message) => from(message)),
    ...joined(room, '3'), to('3', '4', room, 'assigns', {}), from(reply('3', '4', room, ok({}))),
  ]],
  [`${event}: what was sent before is answered before`, (room) => [
    ...joined(room), to('1', 'a', room, 'echo', {n: 1}), to('1', 'b', room, 'push', {n: 2}),
    to('1', '2', room, event, {}),
    from(reply('1', 'a', room, ok({n: 1}))), from(pushed('1', room, 'pushed', {n: 2})),
    ...told(room, {}).map((message) => from(message)),
  ]],
  [`${event}: what is sent together with it is lost: no reply, no effect`, (room) => [
    ...joined(room), to('1', '2', room, event, {}), to('1', '3', room, 'echo', {}), to(null, '4', room, 'ping', {}),
    to('1', '5', room, 'shout', {}),
    ...told(room, {}).map((message) => from(message)),
    to('1', '6', room, 'echo', {}), from(notJoined('6', room)),
  ], {together: 'packet'}],
  [`${event}: a leave sent together with it is lost`, (room) => [
    ...joined(room), to('1', '2', room, event, {}), to(leave(room, '3')),
    ...told(room, {}).map((message) => from(message)),
  ], {together: 'packet'}],
  [`${event}: the other channels of the connection live on`, (room) => [
    ...joined(room), ...joined(`${room}:other`, 'o'), to('1', '2', room, event, {}),
    ...told(room, {}).map((message) => from(message)),
    to('o', '3', `${room}:other`, 'ping', {}), from(reply('o', '3', `${room}:other`)),
  ]],
]));

// The join finds the channel alive or gone, so the first one ends with phx_close, or with phx_error if it crashed.
transcripts(test, ends.filter(({event}) => event !== 'stop_reply').map(({event}) => [
  `${event}: a join sent together with it is accepted, and the end of the first is told once`,
  (room) => [
    ...joined(room), to('1', '2', room, event, {}), to(join(room, {}, '3')),
    fromInAnyOrder(
      ['1', '1', room, oneOf('phx_close', 'phx_error'), oneOf({}, {reason: 'channel_crash'})], reply('3', '3', room),
    ),
    to('3', '4', room, 'ping', {}), from(reply('3', '4', room)),
  ],
  {together: 'packet'},
]));

test('only the client of a crashed channel gets phx_error', async ({connect, room}) => {
  const [ana, bob] = [await connect(), await connect()];
  for (const peer of [ana, bob]) await peer.join(room);
  await ana.send(['1', '2', room, 'crash', {}]);
  await ana.expect(crashed('1', room));
  await bob.settle();
  await ana.join(room, {}, '3');
  await bob.send(['1', '4', room, 'shout', {}]);
  for (const peer of [ana, bob]) await peer.expect([null, null, room, 'shout', {}]);
});

test('a client may crash its channel again and again', async ({connect, room}) => {
  const peer = await connect();
  for (let i = 0; i < 50; i += 1) {
    await peer.join(room, {}, `${i}`);
    await peer.send([`${i}`, 'c', room, 'crash', {}]);
    await peer.expect(crashed(`${i}`, room));
  }
  await peer.settle();
});
