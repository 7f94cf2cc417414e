import {area} from '../lib/cases.mjs';
import {broadcast, closed, join, leave, notJoined, ok, pushed, reply} from '../lib/messages.mjs';
import {scaled} from '../lib/time.mjs';
import {from, fromInAnyOrder, to, transcripts} from '../lib/transcript.mjs';

const test = area('leaves', 'Leaves, and what is sent with them (socket.ex, channel/server.ex)');

const joined = (room) => [to(join(room)), from(reply('1', '1', room))];
const left = (room, ref, joinRef = '1') => [from(reply(joinRef, ref, room)), from(closed(joinRef, room))];

transcripts(test, [
  ['a leave: the reply, then phx_close, then the topic is not joined', (room) => [
    ...joined(room), to(leave(room, '2')), ...left(room, '2'),
    to('1', '3', room, 'echo', {}), from(notJoined('3', room)), to(leave(room, '4')), from(reply('1', '4', room)),
  ]],
  ['a leave may have any payload and ref', (room) => [null, [], 'x', {a: 1}].flatMap((payload, i) => [
    ...joined(`${room}:${i}`), to('1', i, `${room}:${i}`, 'phx_leave', payload), ...left(`${room}:${i}`, i),
  ])],
  ['a leave without join_ref leaves', (room) => [...joined(room), to(leave(room, '2', null)), ...left(room, '2')]],
  ['a leave with another join_ref is dropped', (room) => [
    ...joined(room), to(leave(room, '2', '0')), to('1', '3', room, 'ping', {}), from(reply('1', '3', room)),
  ]],
  ['after a leave the topic can be joined again, and starts afresh', (room) => [
    ...joined(room), to('1', '2', room, 'assign', {key: 'a', value: 1}), from(reply('1', '2', room)),
    to(leave(room, '3')), ...left(room, '3'),
    to(join(room, {}, '4')), from(reply('4', '4', room)), to('4', '5', room, 'assigns', {}),
    from(reply('4', '5', room, ok({}))),
  ]],
  ['leaving one topic leaves the others alone', (room) => [
    ...joined(room), ...joined(`${room}:other`), to(leave(room, '2')), ...left(room, '2'),
    to('1', '3', `${room}:other`, 'ping', {}), from(reply('1', '3', `${room}:other`)),
  ]],
  ['a push before the leave is answered before it', (room) => [
    ...joined(room), to('1', '2', room, 'echo', {n: 1}), to('1', '3', room, 'push', {}),
    to('1', '4', room, 'shout', {}), to(leave(room, '5')),
    from(reply('1', '2', room, ok({n: 1}))), from(pushed('1', room, 'pushed', {})), from(broadcast(room, 'shout', {})),
    ...left(room, '5'),
  ]],
  ['a leave while the channel is busy waits for it', (room) => [
    ...joined(room), to('1', '2', room, 'sleep', {ms: scaled(80)}), to(leave(room, '3')), from(reply('1', '2', room)),
    ...left(room, '3'),
  ]],
  ['a join and a leave sent together', (room) => [
    to(join(room)), to(leave(room, '2')), from(reply('1', '1', room)), ...left(room, '2'),
  ]],
  ['a leave and a join sent together: the reply to the leave, phx_close, the reply to the join', (room) => [
    ...joined(room),
    to(leave(room, '2')), to(join(room, {}, '3')), ...left(room, '2'), from(reply('3', '3', room)),
    to('3', '4', room, 'ping', {}), from(reply('3', '4', room)),
  ]],
  ['a leave, a join and a push sent together', (room) => [
    ...joined(room),
    to(leave(room, '2')), to(join(room, {}, '3')), to('3', '4', room, 'echo', {n: 1}),
    ...left(room, '2'), from(reply('3', '3', room)), from(reply('3', '4', room, ok({n: 1}))),
  ]],
  ['joins and leaves in turn, sent together', (room) => [
    ...['1', '2', '3'].flatMap((ref) => [to(join(room, {}, ref)), to(leave(room, `${ref}l`, ref))]),
    ...['1', '2', '3'].flatMap((ref) => [from(reply(ref, ref, room)), ...left(room, `${ref}l`, ref)]),
    to('3', '4', room, 'echo', {}), from(notJoined('4', room)),
  ]],
  ['a push sent together with a leave is lost: there is no reply', (room) => [
    ...joined(room), to(leave(room, '2')), to('1', '3', room, 'echo', {}), to(null, '4', room, 'echo', {}),
    ...left(room, '2'),
    to('1', '5', room, 'echo', {}), from(notJoined('5', room)),
  ], {together: 'packet'}],
  ['a push sent together with a leave has no effect either', (room) => [
    ...joined(room), to(leave(room, '2')), to('1', '3', room, 'shout', {}), to('1', '4', room, 'crash', {}),
    ...left(room, '2'),
  ], {together: 'packet'}],
  ['a second leave sent together with the first is lost', (room) => [
    ...joined(room), to(leave(room, '2')), to(leave(room, '3')), to(leave(room, '4', null)), ...left(room, '2'),
  ], {together: 'packet'}],
  ['heartbeats and other topics are answered after a leave', (room) => [
    ...joined(room), to(leave(room, '2')), to(null, 'h', 'phoenix', 'heartbeat', {}),
    fromInAnyOrder(reply('1', '2', room), closed('1', room), reply(null, 'h', 'phoenix')),
  ]],
]);

test('pushes of a channel\'s terminate come after its phx_close', async ({connect, room}) => {
  const ana = await connect();
  ana.ignores = (message) => message[3] === 'terminated' && message[4].topic !== room;
  await ana.join('audit', {}, 'a');
  await ana.join(room);
  await ana.send(leave(room, '2'));
  await ana.expect(reply('1', '2', room), closed('1', room),
    broadcast('audit', 'terminated', {topic: room, user: null, reason: 'left'}));
});
