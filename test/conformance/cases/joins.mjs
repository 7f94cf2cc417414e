import {area} from '../lib/cases.mjs';
import {closed, crashed, error, heartbeat, beat, join, leave, notJoined, ok, pushed, reply} from '../lib/messages.mjs';
import {scaled} from '../lib/time.mjs';
import {from, fromInAnyOrder, to, transcripts, wait} from '../lib/transcript.mjs';

const test = area('joins', 'Joins, also slow ones and those of a topic that is taken (socket.ex, channel/server.ex)');

const payloads = [{}, {a: {b: [1, null]}}, null, 'text', '', 0, 1.5, true, false, [], [1, {a: 2}], {sleep: 0},
  {greet: false}, {crash: false}];
const crash = error({reason: 'join crashed'});

transcripts(test, [
  ['a join with any payload is accepted with an empty reply', (room) => payloads.flatMap((payload, i) => [
    to(join(`${room}:${i}`, payload)), from(reply('1', '1', `${room}:${i}`)),
  ])],
  ['a join may be accepted with a reply', (room) => [{}, {a: 1}, {deep: [{é: '🚀'}], '': null}].flatMap((response, i) => [
    to(join(`${room}:${i}`, {reply: response})), from(reply('1', '1', `${room}:${i}`, ok(response))),
  ])],
  ['a refused join leaves the topic free', () => [
    to(join('room:deny')), from(reply('1', '1', 'room:deny', error({reason: 'unauthorized'}))),
    to('1', '2', 'room:deny', 'echo', {}), from(notJoined('2', 'room:deny')),
    to(leave('room:deny', '3')), from(reply('1', '3', 'room:deny')),
    to(join('room:deny', {}, '4')), from(reply('4', '4', 'room:deny', error({reason: 'unauthorized'}))),
  ]],
  ['a join that crashes harms neither the connection nor the topic', (room) => [
    to(join(room, {crash: true})), from(reply('1', '1', room, crash)),
    to('1', '2', room, 'echo', {}), from(notJoined('2', room)),
    to(join(room, {}, '3')), from(reply('3', '3', room)),
    to('3', '4', room, 'ping', {}), from(reply('3', '4', room)),
  ]],
  ['a message that a channel sends itself in its join is handled after the reply', (room, {user}) => [
    to(join(room, {greet: true, reply: {n: 1}})), from(reply('1', '1', room, ok({n: 1}))),
    from(pushed('1', room, 'greeting', {user, topic: room})),
  ], {params: (context) => ({user: context.user})}],
  ['without a user the greeting has null', (room) => [
    to(join(room, {greet: true})), from(reply('1', '1', room)),
    from(pushed('1', room, 'greeting', {user: null, topic: room})),
  ]],
  ['a join and pushes sent together are all answered, in order', (room) => [
    to(join(room)), to('1', '2', room, 'echo', {n: 1}), to('1', '3', room, 'push', {n: 2}),
    to('1', '4', room, 'ping', {}),
    from(reply('1', '1', room)), from(reply('1', '2', room, ok({n: 1}))), from(pushed('1', room, 'pushed', {n: 2})),
    from(reply('1', '4', room)),
  ]],
  ['twenty topics joined together are answered in order', (room) => {
    const topics = Array.from({length: 20}, (_, i) => `${room}:${i}`);
    return [...topics.map((topic) => to(join(topic, {}, topic))),
      ...topics.map((topic) => from(reply(topic, topic, topic)))];
  }],

  ['a second join of a topic: first the reply to it, then phx_close of the first', (room) => [
    to(join(room)), from(reply('1', '1', room)),
    to(join(room, {reply: {n: 2}}, '2')), from(reply('2', '2', room, ok({n: 2}))), from(closed('1', room)),
    to('2', '3', room, 'ping', {}), from(reply('2', '3', room)),
  ]],
  ['a second join starts afresh', (room) => [
    to(join(room)), from(reply('1', '1', room)),
    to('1', '2', room, 'assign', {key: 'a', value: 1}), from(reply('1', '2', room)),
    to(join(room, {}, '3')), from(reply('3', '3', room)), from(closed('1', room)),
    to('3', '4', room, 'assigns', {}), from(reply('3', '4', room, ok({}))),
  ]],
  ['a second join with the same join_ref and ref is a second join', (room) => [
    to(join(room)), from(reply('1', '1', room)),
    to(join(room)), from(reply('1', '1', room)), from(closed('1', room)),
    to('1', '2', room, 'ping', {}), from(reply('1', '2', room)),
  ]],
  ['a second join without join_ref closes the first one all the same', (room) => [
    to(join(room)), from(reply('1', '1', room)),
    to(null, '2', room, 'phx_join', {}), from(reply(null, '2', room)), from(closed('1', room)),
    to(join(room, {}, '3')), from(reply('3', '3', room)), from(closed(null, room)),
  ]],
  ['if the second join crashes, the first channel is gone too', (room) => [
    to(join(room)), from(reply('1', '1', room)),
    to(join(room, {crash: true}, '2')), from(reply('2', '2', room, crash)), from(closed('1', room)),
    to(null, '3', room, 'echo', {}), from(notJoined('3', room)),
  ]],
  ['three joins of a topic sent together: three replies in order, each before phx_close of the one before', (room) => [
    to(join(room, {}, '1')), to(join(room, {}, '2')), to(join(room, {}, '3')),
    from(reply('1', '1', room)), from(reply('2', '2', room)),
    fromInAnyOrder(closed('1', room), reply('3', '3', room)), from(closed('2', room)),
    to('3', '4', room, 'ping', {}), from(reply('3', '4', room)),
  ]],
  ['a second join while the channel runs a job: the join does not wait, and the push is never answered',
    (room) => [
    to(join(room)), from(reply('1', '1', room)),
    to('1', '2', room, 'sleep', {ms: scaled(300)}), to('1', '3', room, 'echo', {}), to(join(room, {}, '4')),
    from(reply('4', '4', room)), from(closed('1', room)),
    to('4', '5', room, 'ping', {}), from(reply('4', '5', room)),
    wait(scaled(400)),
  ]],
  ['a leave and a second join while the channel is busy: they are not waited for either', (room) => [
    to(join(room)), from(reply('1', '1', room)),
    to('1', '2', room, 'sleep', {ms: scaled(300)}), to(leave(room, '3')), to(join(room, {}, '4')),
    from(reply('1', '3', room)), from(closed('1', room)), from(reply('4', '4', room)),
    to('4', '5', room, 'ping', {}), from(reply('4', '5', room)),
    wait(scaled(400)),
  ]],
  ['a second join ends the subscription of the first: a broadcast comes once', (room) => [
    to(join(room)), from(reply('1', '1', room)),
    to(join(room, {}, '2')), from(reply('2', '2', room)), from(closed('1', room)),
    to('2', '3', room, 'shout', {n: 1}), from(null, null, room, 'shout', {n: 1}),
  ]],

  ['heartbeats are answered during a slow join', (room) => [
    to(join(room, {sleep: scaled(150)})), to(heartbeat('a')), to(heartbeat('b')),
    from(beat('a')), from(beat('b')), from(reply('1', '1', room)),
  ], {together: 'batch'}],
  ['a slow join does not hold up the other channels of the connection', (room) => [
    to(join(`${room}:a`)), from(reply('1', '1', `${room}:a`)),
    to(join(`${room}:b`, {sleep: scaled(150)}, '2')),
    to('1', '3', `${room}:a`, 'echo', {n: 1}), to('1', '4', `${room}:a`, 'push', {}),
    to('1', '5', `${room}:a`, 'shout', {}), to(leave(`${room}:a`, '6')),
    from(reply('1', '3', `${room}:a`, ok({n: 1}))), from(pushed('1', `${room}:a`, 'pushed', {})),
    from(null, null, `${room}:a`, 'shout', {}),
    from(reply('1', '6', `${room}:a`)), from(closed('1', `${room}:a`)),
    from(reply('2', '2', `${room}:b`)),
  ], {together: 'batch'}],
  ['a slow join does not hold up the end of another channel', (room) => [
    to(join(`${room}:a`)), from(reply('1', '1', `${room}:a`)),
    to(join(`${room}:b`, {sleep: scaled(150)}, '2')), to('1', '3', `${room}:a`, 'crash', {}),
    from(crashed('1', `${room}:a`)), from(reply('2', '2', `${room}:b`)),
    to('1', '4', `${room}:a`, 'echo', {}), from(notJoined('4', `${room}:a`)),
  ], {together: 'batch'}],
  ['a message for a topic that is not joined is answered, during a slow join of another or after it', (room) => [
    to(join(room, {sleep: scaled(100)})), to('1', '2', `${room}:x`, 'echo', {}), to(leave(`${room}:y`, '3')),
    fromInAnyOrder(notJoined('2', `${room}:x`), reply('1', '3', `${room}:y`), reply('1', '1', room)),
  ]],
  ['messages after a slow join wait for it on its topic, in order', (room) => [
    to(join(room, {sleep: scaled(100)})), to('1', '2', room, 'echo', {n: 1}), to('1', '3', room, 'ping', {}),
    to(null, '4', room, 'push', {}),
    from(reply('1', '1', room)), from(reply('1', '2', room, ok({n: 1}))), from(reply('1', '3', room)),
    from(pushed('1', room, 'pushed', {})),
  ]],
  ['messages after a slow join that crashes or is refused reach no channel', (room) => [
    to(join(`${room}:slow`, {sleep: scaled(100)})), to(join(room, {crash: true}, '2')), to('2', '3', room, 'echo', {}),
    to(leave(room, '4', '2')),
    from(reply('1', '1', `${room}:slow`)), from(reply('2', '2', room, crash)), from(notJoined('3', room)),
    from(reply('2', '4', room)),
  ]],
  ['joins of one connection are served in order', (room) => [
    to(join(`${room}:a`, {sleep: scaled(100)}, 'a')), to(join(`${room}:b`, {}, 'b')), to(join('nowhere', {}, 'c')),
    to(join(`${room}:d`, {sleep: scaled(20)}, 'd')),
    to('b', '1', `${room}:b`, 'ping', {}), to(join(`${room}:e`, {}, 'e')),
    from(reply('a', 'a', `${room}:a`)), from(reply('b', 'b', `${room}:b`)),
    fromInAnyOrder(notJoined('c', 'nowhere'), reply('b', '1', `${room}:b`), reply('d', 'd', `${room}:d`)),
    from(reply('e', 'e', `${room}:e`)),
  ]],
  ['leaving during a slow join: the reply to the join, that to the leave, phx_close', (room) => [
    to(join(room, {sleep: scaled(100)})), to(leave(room, '2')),
    from(reply('1', '1', room)), from(reply('1', '2', room)), from(closed('1', room)),
    to('1', '3', room, 'echo', {}), from(notJoined('3', room)),
  ]],
  ['a second join during a slow one: both replies, then phx_close of the first', (room) => [
    to(join(room, {sleep: scaled(60)})), to(join(room, {sleep: scaled(60)}, '2')), to('2', '3', room, 'ping', {}),
    from(reply('1', '1', room)), from(reply('2', '2', room)),
    fromInAnyOrder(closed('1', room), reply('2', '3', room)),
  ]],
  ['join, leave and join again, while the first is slow', (room) => [
    to(join(room, {sleep: scaled(100)})), to(leave(room, '2')), to(join(room, {}, '3')), to('3', '4', room, 'ping', {}),
    from(reply('1', '1', room)), from(reply('1', '2', room)), from(closed('1', room)), from(reply('3', '3', room)),
    from(reply('3', '4', room)),
  ]],
]);

test('a slow join holds up no other connection', async ({connect, room}) => {
  const [ana, bob] = [await connect(), await connect()];
  await ana.send(join(room, {sleep: scaled(400)}));
  await bob.join(room);
  await bob.settle();
  await ana.expect(reply('1', '1', room));
});

test('broadcasts reach the other channels of a connection during a slow join', async ({connect, room}) => {
  const [ana, bob] = [await connect(), await connect()];
  await ana.join(room);
  await bob.join(room);
  await ana.send(join(`${room}:slow`, {sleep: scaled(300)}, '2'));
  await bob.send(['1', '2', room, 'shout', {n: 1}]);
  await ana.expect([null, null, room, 'shout', {n: 1}], reply('2', '2', `${room}:slow`));
});

test('a client that has received the ok of its join receives every later broadcast', async ({connect, room}) => {
  const ana = await connect();
  await ana.join(room);
  for (let i = 0; i < 20; i += 1) {
    const bob = await connect();
    await bob.join(room);
    await ana.send(['1', '2', room, 'shout_from', {i}]);
    await bob.expect([null, null, room, 'shout', {i}]);
    bob.drop();
  }
});

test('the reply to a join is its first message, while others broadcast', async ({connect, room, after}) => {
  const [ana, bob] = [await connect(), await connect()];
  await ana.join(room);
  const shouting = setInterval(() => ana.send(['1', null, room, 'shout', {}], ['1', null, room, 'shout', {}]), 1);
  after(() => clearInterval(shouting));
  for (let i = 0; i < 20; i += 1) {
    await bob.send(join(`${room}`, {sleep: i % 4}, `${i}`));
    await bob.expect(reply(`${i}`, `${i}`, room));
    await bob.send(leave(room, 'l', `${i}`));
    await bob.skipTo(closed(`${i}`, room));
  }
});
