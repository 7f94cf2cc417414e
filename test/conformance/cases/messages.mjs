import {area} from '../lib/cases.mjs';
import {Mismatch, anything, check} from '../lib/matching.mjs';
import {closed, join, leave, ok, pushed, reply} from '../lib/messages.mjs';
import {scaled} from '../lib/time.mjs';
import {from, to, transcripts, wait} from '../lib/transcript.mjs';

const test = area('messages', 'What channels hear from elsewhere: pubsub, timers, monitors (channel.ex, endpoint.ex)');

const joined = (room, ref = '1') => [to(join(room, {}, ref)), from(reply(ref, ref, room))];
const ask = (room, ref, event, payload) => [to('1', ref, room, event, payload), from(reply('1', ref, room))];

transcripts(test, [
  ['a published message reaches a subscribed channel after the reply to its own publish', (room, {name}) => {
    const topic = name('news:');
    return [
      ...joined(room), ...ask(room, '2', 'subscribe', {topic}),
      ...[{a: 1}, 'text', null, 7, [true]].flatMap((message) => [
        ...ask(room, '3', 'publish', {topic, message}), from(pushed('1', room, 'pubsub', {topic, message})),
      ]),
    ];
  }],
  ['a channel that has not subscribed, or has unsubscribed, gets nothing', (room, {name}) => {
    const topic = name('news:');
    return [
      ...joined(room), ...ask(room, '2', 'publish', {topic, message: 1}), ...ask(room, '3', 'unsubscribe', {topic}),
      ...ask(room, '4', 'subscribe', {topic}), ...ask(room, '5', 'unsubscribe', {topic}),
      ...ask(room, '6', 'publish', {topic, message: 2}),
    ];
  }],
  ['a channel that subscribed twice gets everything twice, and one unsubscribe ends both', (room, {name}) => {
    const topic = name('news:');
    return [
      ...joined(room), ...ask(room, '2', 'subscribe', {topic}), ...ask(room, '3', 'subscribe', {topic}),
      ...ask(room, '4', 'publish', {topic, message: 1}), from(pushed('1', room, 'pubsub', {topic, message: 1})),
      from(pushed('1', room, 'pubsub', {topic, message: 1})),
      ...ask(room, '5', 'unsubscribe', {topic}), ...ask(room, '6', 'publish', {topic, message: 2}),
    ];
  }],
  ['a subscription ends with its channel', (room, {name}) => {
    const topic = name('news:');
    return [
      ...joined(room), ...ask(room, '2', 'subscribe', {topic}), to(leave(room, '3')), from(reply('1', '3', room)),
      from(closed('1', room)),
      ...joined(room), ...ask(room, '4', 'publish', {topic, message: 1}),
    ];
  }],
  ['pubsub topics have no wildcards', (room, {name}) => {
    const topic = name('news:');
    return [...joined(room), ...ask(room, '2', 'subscribe', {topic: `${topic}*`}),
      ...ask(room, '3', 'publish', {topic: `${topic}a`, message: 1})];
  }],

  ['a message that a channel sends itself becomes a push', (room) => [
    ...joined(room), to('1', null, room, 'info', {ms: 0, event: 'tick', payload: {n: 1}}),
    from(pushed('1', room, 'tick', {n: 1})),
  ]],
  ['delayed messages come in the order in which they are due', (room) => [
    ...joined(room),
    to('1', null, room, 'info', {ms: scaled(400), event: 'c', payload: {}}),
    to('1', null, room, 'info', {ms: scaled(200), event: 'b', payload: {}}),
    to('1', null, room, 'info', {ms: 0, event: 'a', payload: {}}),
    from(pushed('1', room, 'a', {})), from(pushed('1', room, 'b', {})), from(pushed('1', room, 'c', {})),
  ]],
  ['a delayed message dies with its channel', (room) => [
    ...joined(room), to('1', null, room, 'info', {ms: scaled(100), event: 'tick', payload: {}}), to(leave(room, '2')),
    from(reply('1', '2', room)), from(closed('1', room)), ...joined(room, '3'), wait(scaled(200)),
  ]],
  ['a message comes when the channel is no longer busy', (room) => [
    ...joined(room), to('1', null, room, 'info', {ms: scaled(100), event: 'tick', payload: {}}),
    to('1', '2', room, 'sleep', {ms: scaled(250)}),
    from(reply('1', '2', room)), from(pushed('1', room, 'tick', {})),
  ]],
  ['a monitor tells why an actor ended', (room) => [
    ...joined(room),
    ...['normal', 'shutdown', 'some reason'].flatMap((reason) => [
      to('1', null, room, 'watch', {reason}), from(pushed('1', room, 'down', {reason})),
    ]),
  ]],
]);

// A broadcast of a topic that is not the channel's own is a message like any other (channel/server.ex, dispatch).
test('a channel that subscribed to the topic of other channels receives their broadcasts', async ({connect, room}) => {
  const [ana, bob] = [await connect(), await connect()];
  await ana.join(room);
  await bob.join(`${room}:other`);
  check(ok(), await ana.ask(room, 'subscribe', {topic: `${room}:other`}));
  await bob.send(['1', '2', `${room}:other`, 'shout', {n: 1}]);
  await bob.expect([null, null, `${room}:other`, 'shout', {n: 1}]);
  await ana.expect(pushed('1', room, 'pubsub', {topic: `${room}:other`, message: anything}));
});

test('published messages reach subscribers on every connection and transport', async ({connect, poll, room, name}) => {
  const topic = name('news:');
  const peers = [await connect(), await connect({vsn: '1.0.0'}), await poll()];
  const publisher = await connect();
  for (const peer of [...peers, publisher]) await peer.join(room);
  for (const peer of peers) check(ok(), await peer.ask(room, 'subscribe', {topic}));
  check(ok(), await publisher.ask(room, 'publish', {topic, message: {n: 1}}));
  for (const peer of peers) await peer.expect(pushed('1', room, 'pubsub', {topic, message: {n: 1}}));
  await publisher.settle();
});

test('a hundred messages arrive in the order in which one channel published them', async ({connect, room, name}) => {
  const topic = name('news:');
  const [ana, bob] = [await connect(), await connect()];
  for (const peer of [ana, bob]) await peer.join(room);
  await ana.ask(room, 'subscribe', {topic});
  for (let i = 0; i < 100; i += 1) bob.send(['1', `${i}`, room, 'publish', {topic, message: i}]);
  for (let i = 0; i < 100; i += 1) await ana.expect(pushed('1', room, 'pubsub', {topic, message: i}));
});

test('a delayed message comes no earlier than it is due', async ({connect, room}) => {
  const peer = await connect();
  await peer.join(room);
  const began = performance.now();
  await peer.send(['1', null, room, 'info', {ms: 150, event: 'tick', payload: {}}]);
  await peer.expect(pushed('1', room, 'tick', {}));
  const ms = performance.now() - began;
  if (ms < 149) throw new Mismatch('150 ms at least', `${ms} ms`);
});
