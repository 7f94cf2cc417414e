import {area} from '../lib/cases.mjs';
import {broadcast, closed, crashed, error, join, notJoined, ok, pushed, reply} from '../lib/messages.mjs';
import {from, to, transcripts} from '../lib/transcript.mjs';

const test = area('refs', 'Who sets which ref (socket.ex, channel/server.ex)');

/** Joins, and is answered. */
const joined = (room, joinRef, ref) => [to(joinRef, ref, room, 'phx_join', {}), from(reply(joinRef, ref, room))];

transcripts(test, [
  ['the reply to a join has its join_ref and its ref', (room) => joined(room, 'j', 'r')],
  ['a reply has the join_ref of the channel and the ref of the push', (room) => [
    ...joined(room, 'j', 'r'),
    to('j', 's', room, 'ping', {}), from(reply('j', 's', room)),
  ]],
  ['a push without join_ref is answered with that of the channel', (room) => [
    ...joined(room, 'j', 'r'),
    to(null, 's', room, 'ping', {}), from(reply('j', 's', room)),
  ]],
  ['a push of the server has the join_ref, and null for a ref', (room) => [
    ...joined(room, 'j', 'r'),
    to('j', 's', room, 'push', {n: 1}), from(pushed('j', room, 'pushed', {n: 1})),
  ]],
  ['a broadcast has neither', (room) => [
    ...joined(room, 'j', 'r'),
    to('j', 's', room, 'shout', {n: 1}), from(broadcast(room, 'shout', {n: 1})),
  ]],
  ['phx_close has the join_ref as its ref too', (room) => [
    ...joined(room, 'j', 'r'),
    to('j', 's', room, 'stop', {}), from(closed('j', room)),
  ]],
  ['phx_error has the join_ref as its ref too, and the reason channel_crash', (room) => [
    ...joined(room, 'j', 'r'),
    to('j', 's', room, 'crash', {}), from(crashed('j', room)),
  ]],
  ['the answer to a heartbeat never has a join_ref', () => [
    to('j', 'h', 'phoenix', 'heartbeat', {}), from(reply(null, 'h', 'phoenix')),
  ]],
  ['"unmatched topic" never has a join_ref', (room) => [
    to('j', 'a', room, 'echo', {}), from(notJoined('a', room)),
    to('j', 'b', 'nowhere', 'phx_join', {}), from(notJoined('b', 'nowhere')),
  ]],
  ['a refused join has its join_ref', () => [
    to('j', 'r', 'room:deny', 'phx_join', {}), from(reply('j', 'r', 'room:deny', error({reason: 'unauthorized'}))),
  ]],
  ['a crashed join has its join_ref', (room) => [
    to('j', 'r', room, 'phx_join', {crash: true}), from(reply('j', 'r', room, error({reason: 'join crashed'}))),
  ]],
  ['the reply to a leave has the join_ref of the channel', (room) => [
    ...joined(room, 'j', 'r'),
    to(null, 'l', room, 'phx_leave', {}), from(reply('j', 'l', room)), from(closed('j', room)),
  ]],
  ['the reply to a leave of a topic that is not joined has the join_ref of the leave', (room) => [
    to('j', 'l', room, 'phx_leave', {}), from(reply('j', 'l', room)),
    to(null, 'm', room, 'phx_leave', {}), from(reply(null, 'm', room)),
  ]],

  ['joined without join_ref: the reply has none, later messages the ref of the join, phx_close null twice',
    (room) => [
    ...joined(room, null, 'r'),
    to(null, 's', room, 'echo', {n: 1}), from(reply('r', 's', room, ok({n: 1}))),
    to(null, 't', room, 'push', {n: 2}), from(pushed('r', room, 'pushed', {n: 2})),
    to(null, 'u', room, 'stop', {}), from(closed(null, room)),
  ]],
  ['joined without join_ref: phx_error has null twice', (room) => [
    ...joined(room, null, 'r'),
    to(null, 's', room, 'crash', {}), from(crashed(null, room)),
  ]],
  ['joined without join_ref: the reply to a leave has the ref of the join', (room) => [
    ...joined(room, null, 'r'),
    to(null, 'l', room, 'phx_leave', {}), from(reply('r', 'l', room)), from(closed(null, room)),
  ]],
  ['joined without join_ref: a message with any join_ref is dropped, also one with the ref of the join', (room) => [
    ...joined(room, null, 'r'),
    to('r', 's', room, 'echo', {}), to('', 't', room, 'echo', {}), to('r', 'l', room, 'phx_leave', {}),
    to(null, 'u', room, 'ping', {}), from(reply('r', 'u', room)),
  ]],
  ['joined without join_ref or ref: all refs are null', (room) => [
    ...joined(room, null, null),
    to(null, null, room, 'push', {}), from(pushed(null, room, 'pushed', {})),
    to(null, null, room, 'stop', {}), from(closed(null, room)),
  ]],

  ['the join_ref "" is not null: pushes have it, and a message must have it or none', (room) => [
    ...joined(room, '', 'r'),
    to('', 's', room, 'push', {}), from(pushed('', room, 'pushed', {})),
    to(null, 't', room, 'ping', {}), from(reply('', 't', room)),
    to('r', 'u', room, 'ping', {}),
    to('', 'v', room, 'stop', {}), from(closed('', room)),
  ]],
  ['a join_ref that is a number stays one, and is no text', (room) => [
    ...joined(room, 1, 2),
    to('1', 3, room, 'echo', {}), to(1, 4, room, 'echo', {n: 1}), from(reply(1, 4, room, ok({n: 1}))),
    to(1, 5, room, 'push', {}), from(pushed(1, room, 'pushed', {})),
    to('1', 6, room, 'phx_leave', {}), to(1, 7, room, 'phx_leave', {}), from(reply(1, 7, room)), from(closed(1, room)),
  ]],
  ['a join_ref that is a text is no number', (room) => [
    ...joined(room, '1', '1'),
    to(1, '2', room, 'echo', {}), to('01', '3', room, 'echo', {}), to('1', '4', room, 'ping', {}),
    from(reply('1', '4', room)),
  ]],
  ['a join_ref may be any JSON', (room) => [
    ...joined(room, {a: [1]}, ['r']),
    to({a: [2]}, 's', room, 'echo', {}), to({a: [1]}, 't', room, 'push', {}),
    from(pushed({a: [1]}, room, 'pushed', {})),
    to({a: [1]}, 'u', room, 'stop', {}), from(closed({a: [1]}, room)),
  ]],
  ['a join_ref of false must be in messages to the channel, but those from it have the ref of the join', (room) => [
    to(join(room, {}, 'r', false)), from(reply(false, 'r', room)),
    to(false, 's', room, 'push', {}), from(pushed('r', room, 'pushed', {})),
    to(false, 't', room, 'ping', {}), from(reply('r', 't', room)), to('r', 'u', room, 'ping', {}),
    to(null, 'v', room, 'stop', {}), from(closed(false, room)),
  ]],
  ['a ref of any JSON type comes back as it was', (room) => [
    ...joined(room, 'j', 'r'),
    ...[null, true, false, 0, -3, 1.5, 9007199254740991, '', ' ', 'ü', [], [1, [null]], {},
      {a: {b: 'c'}}].flatMap((ref) => [
      to('j', ref, room, 'ping', {}), from(reply('j', ref, room)),
      to(null, ref, 'phoenix', 'heartbeat', {}), from(reply(null, ref, 'phoenix')),
      to('j', ref, 'room:not-joined', 'ping', {}), from(notJoined(ref, 'room:not-joined')),
    ]),
  ]],

  ['a message with another join_ref is dropped: no reply, no effect, and the channel lives', (room) => [
    ...joined(room, '5', '5'),
    to('4', '6', room, 'echo', {}), to('4', '7', room, 'stop', {}), to('4', '8', room, 'crash', {}),
    to('4', '9', room, 'shout', {}),
    to('4', '10', room, 'no such event', {}), to('4', '11', room, 'phx_leave', {}),
    to('5', '12', room, 'ping', {}), from(reply('5', '12', room)),
  ]],
  ['after a second join, messages with the first join_ref are dropped', (room) => [
    ...joined(room, '1', '1'),
    to(join(room, {}, '2')), from(reply('2', '2', room)), from(closed('1', room)),
    to('1', '3', room, 'echo', {}), to('1', '4', room, 'phx_leave', {}),
    to('2', '5', room, 'ping', {}), from(reply('2', '5', room)),
  ]],
  ['a push that is answered later needs a ref: without one the channel crashes', (room) => [
    ...joined(room, '1', '1'),
    to('1', null, room, 'later', {ms: 0}), from(crashed('1', room)),
  ]],
]);

// `===` of Elixir distinguishes integers from other numbers.
test('a join_ref of 1 is none of 1.0', async ({connect, room}) => {
  const peer = await connect();
  await peer.join(room, {}, 'r', 1);
  await peer.sendText(`[1.0,"2","${room}","ping",{}]`, `["1","3","${room}","ping",{}]`, `[1,"4","${room}","ping",{}]`);
  await peer.expect(reply(1, '4', room));
  await peer.settle();
});
