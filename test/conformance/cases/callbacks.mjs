import {area} from '../lib/cases.mjs';
import {check} from '../lib/matching.mjs';
import {closed, crashed, error, join, ok, reply} from '../lib/messages.mjs';

const test = area('callbacks', 'A callback that throws costs its channel, and nothing else (channel/server.ex)',
  {edge: true});

const told = {
  crash: (topic) => [crashed('1', topic)],
  refusal: (topic) => [reply('1', '1', topic, error({reason: 'join crashed'}))],
};

/** The callbacks that throw: the client's message after its join, or the payload of its join, and the answer. */
const places = [
  ['join', {join: {in: 'join'}}, told.refusal],
  ['a blocking job of join', {join: {in: 'job'}}, told.refusal],
  ['a handler of pushes', {event: 'in'}, told.crash],
  ['a blocking job', {event: 'job'}, told.crash],
  ['a handler of messages', {event: 'info'}, told.crash],
  ['a handler of a timer', {event: 'timer'}, told.crash],
  ['a handler of broadcasts', {event: 'out'}, told.crash],
  ['terminate', {event: 'terminate'}, (topic) => [closed('1', topic)]],
];

for (const [where, {join: params, event}, expected] of places) {
  for (const thrown of ['error', 'number']) {
    for (const [how, open] of [
      ['WebSocket', ({connect, edge}) => connect({server: edge, path: '/any/websocket'})],
      ['version 1', ({connect, edge}) => connect({server: edge, path: '/any/websocket', vsn: '1.0.0'})],
      ['long poll', ({poll, edge}) => poll({server: edge, path: '/any/longpoll'})],
    ]) {
      test(`${where}: what it throws is ${thrown === 'error' ? 'an error' : 'no std::exception'} (${how})`,
        async (context) => {
        const topic = context.name('fault:');
        const [peer, bystander] = [await open(context), await open(context)];
        for (const [one, of] of [[peer, `${topic}:other`], [bystander, `${topic}:bystander`]]) {
          await one.send(join(of, {}, 'o'));
          await one.expect(reply('o', 'o', of));
        }
        await peer.send(join(topic, params ? {...params, thrown} : {}));
        if (event) {
          await peer.expect(reply('1', '1', topic));
          await peer.send(['1', '2', topic, event, {thrown}]);
        }
        await peer.expect(...expected(topic));

        await peer.send(['o', '3', `${topic}:other`, 'ping', {}], join(topic, {}, '4'));
        await peer.expectInAnyOrder(reply('o', '3', `${topic}:other`), reply('4', '4', topic));
        await bystander.send(['o', '3', `${topic}:bystander`, 'ping', {}]);
        await bystander.expect(reply('o', '3', `${topic}:bystander`));
        await peer.settle();
      });
    }
  }
}

test('a channel that cannot be made crashes its join', async ({connect, edge}) => {
  const peer = await connect({server: edge, path: '/any/websocket'});
  for (let i = 0; i < 3; i += 1) {
    await peer.send(join('unborn', {}, `${i}`));
    await peer.expect(reply(`${i}`, `${i}`, 'unborn', error({reason: 'join crashed'})));
  }
  await peer.send(join('route:exact', {}, 'r'));
  await peer.expect(reply('r', 'r', 'route:exact', ok({route: 'route:exact', rest: ''})));
  await peer.settle();
});

test('an intercepted broadcast that crashes every member crashes no other topic', async ({connect, edge, name}) => {
  const topic = name('fault:');
  const peers = await Promise.all(Array.from({length: 10}, () => connect({server: edge, path: '/any/websocket'})));
  for (const peer of peers) {
    for (const of of [topic, `${topic}:other`]) {
      await peer.send(join(of, {}, of));
      await peer.expect(reply(of, of, of));
    }
  }
  await peers[0].send([topic, '1', topic, 'out', {}]);
  for (const peer of peers) await peer.expect(crashed(topic, topic));
  for (const peer of peers) check(ok(), await peer.ask(`${topic}:other`, 'ping', {}, `${topic}:other`));
});
