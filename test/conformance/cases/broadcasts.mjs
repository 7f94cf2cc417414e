import {area} from '../lib/cases.mjs';
import {check} from '../lib/matching.mjs';
import {broadcast, closed, crashed, join, leave, notJoined, ok, pushed, reply} from '../lib/messages.mjs';
import {from, to, transcripts} from '../lib/transcript.mjs';

const test = area('broadcasts', 'Broadcasts, what is intercepted, and their order (channel/server.ex, dispatch)');

const joined = (room, ref = '1') => [to(join(room, {}, ref)), from(reply(ref, ref, room))];

transcripts(test, [
  ['a broadcast comes before the reply to the push that follows', (room) => [
    ...joined(room),
    ...[1, 2, 3].flatMap((n) => [
      to('1', 's', room, 'shout', {n}), to('1', `${n}`, room, 'echo', {n}), from(broadcast(room, 'shout', {n})),
      from(reply('1', `${n}`, room, ok({n}))),
    ]),
  ]],
  ['shout_from spares its own channel', (room) => [
    ...joined(room), to('1', '2', room, 'shout_from', {}), to('1', '3', room, 'ping', {}), from(reply('1', '3', room)),
  ]],
  ['an intercepted broadcast is pushed by the channel, with its join_ref and its user', (room, {user}) => [
    ...joined(room), to('1', '2', room, 'private', {n: 1}), from(pushed('1', room, 'private', {n: 1, for: user})),
  ], {params: ({user}) => ({user})}],
  ['without a user it is for null, and neither skipped nor stopped', (room) => [
    ...joined(room), to('1', '2', room, 'private', {n: 1}), from(pushed('1', room, 'private', {n: 1, for: null})),
    to('1', '3', room, 'private', {skip: 'x', stop: 'y'}),
    from(pushed('1', room, 'private', {skip: 'x', stop: 'y', for: null})),
  ]],
  ['handle_out may drop a broadcast', (room, {user}) => [
    ...joined(room), to('1', '2', room, 'private', {skip: user}),
    to('1', '3', room, 'private', {skip: user, stop: user}),
    to('1', '4', room, 'private', {}), from(pushed('1', room, 'private', {for: user})),
  ], {params: ({user}) => ({user})}],
  ['handle_out may stop the channel', (room, {user}) => [
    ...joined(room), to('1', '2', room, 'private', {stop: user}), from(closed('1', room)),
    to('1', '3', room, 'echo', {}), from(notJoined('3', room)),
  ], {params: ({user}) => ({user})}],
  ['a client event with the name of a broadcast is an event like any other', (room) => [
    ...joined(room), to('1', '2', room, 'terminated', {}), from(crashed('1', room)),
  ]],
]);

test('one shout reaches both versions on both transports, each in its own form', async ({connect, poll, room}) => {
  const peers = [await connect(), await connect({vsn: '1.0.0'}), await poll(), await poll({vsn: '1.0.0'})];
  for (const peer of peers) await peer.join(room);
  for (const [i, from] of peers.entries()) {
    await from.send(['1', '2', room, 'shout', {i, é: ['🚀', null]}]);
    for (const peer of peers) await peer.expect(broadcast(room, 'shout', {i, é: ['🚀', null]}));
    await from.send(['1', '3', room, 'shout_from', {i}]);
    for (const peer of peers) if (peer !== from) await peer.expect(broadcast(room, 'shout', {i}));
  }
  for (const peer of peers) await peer.settle();
});

test('an intercepted broadcast reaches each channel separately', async ({connect, poll, room}) => {
  const open = [(user) => connect({params: {user}}), (user) => connect({vsn: '1.0.0', params: {user}}),
    (user) => poll({params: {user}})];
  const peers = await Promise.all(open.map((one, i) => one(`u${i}`)));
  for (const peer of peers) await peer.join(room);
  await peers[0].send(['1', '2', room, 'private', {skip: 'u1'}]);
  for (const i of [0, 2]) await peers[i].expect(pushed('1', room, 'private', {skip: 'u1', for: `u${i}`}));
  await peers[1].send(['1', '2', room, 'private', {stop: 'u2'}]);
  for (const i of [0, 1]) await peers[i].expect(pushed('1', room, 'private', {stop: 'u2', for: `u${i}`}));
  await peers[2].expect(closed('1', room));
  for (const peer of peers) await peer.settle();
});

test('broadcast_from spares the channel, not its user on other connections', async ({connect, room, user}) => {
  const [ana, again] = [await connect({params: {user}}), await connect({params: {user}})];
  for (const peer of [ana, again]) await peer.join(room);
  await ana.send(['1', '2', room, 'shout_from', {n: 1}]);
  await again.expect(broadcast(room, 'shout', {n: 1}));
  await ana.settle();
});

test('a broadcast reaches its topic and no other, on all connections', async ({connect, room}) => {
  const [ana, bob] = [await connect(), await connect()];
  for (const topic of [`${room}:a`, `${room}:b`]) await ana.join(topic, {}, topic);
  await bob.join(`${room}:b`);
  await bob.send(['1', '2', `${room}:b`, 'shout', {}]);
  for (const peer of [ana, bob]) await peer.expect(broadcast(`${room}:b`, 'shout', {}));
  for (const peer of [ana, bob]) await peer.settle();
});

test('broadcasts of one sender arrive everywhere in order', async ({connect, poll, room}) => {
  const [ana, bob, ...others] = [await connect(), await connect(), await connect({vsn: '1.0.0'}), await poll()];
  for (const peer of [ana, bob, ...others]) await peer.join(room);
  for (let i = 0; i < 100; i += 1) {
    ana.send(['1', null, room, 'shout', {from: 'ana', i}]);
    bob.send(['1', null, room, 'shout', {from: 'bob', i}]);
  }
  for (const peer of [ana, bob, ...others]) {
    const next = {ana: 0, bob: 0};
    for (let i = 0; i < 200; i += 1) {
      const message = await peer.next('a shout');
      const payload = message.payload ?? message[4];
      check(next[payload.from], payload.i, `the next shout of ${payload.from}`);
      next[payload.from] += 1;
    }
  }
});

for (const [how, messages, told] of [
  ['left', (room) => [leave(room, '2')], (room) => [reply('1', '2', room), closed('1', room)]],
  ['stopped', (room) => [['1', '2', room, 'stop', {}]], (room) => [closed('1', room)]],
  ['crashed', (room) => [['1', '2', room, 'crash', {}]], (room) => [crashed('1', room)]],
]) {
  test(`a channel that was ${how} hears no more`, async ({connect, room}) => {
    const [ana, bob] = [await connect(), await connect()];
    for (const peer of [ana, bob]) await peer.join(room);
    await ana.send(...messages(room));
    await ana.expect(...told(room));
    await ana.settle();
    await bob.send(['1', '3', room, 'shout', {}]);
    await bob.expect(broadcast(room, 'shout', {}));
    await ana.settle();
  });
}

test('a client that leaves and joins again receives a broadcast once', async ({connect, room}) => {
  const [ana, bob] = [await connect(), await connect()];
  for (const peer of [ana, bob]) await peer.join(room);
  await ana.send(leave(room, '2'), join(room, {}, '3'));
  await ana.expect(reply('1', '2', room), closed('1', room), reply('3', '3', room));
  await bob.send(['1', '4', room, 'shout', {}]);
  for (const peer of [ana, bob]) await peer.expect(broadcast(room, 'shout', {}));
  await ana.settle();
});

test('a broadcast that a client makes right before it closes or vanishes is received', async ({connect, room}) => {
  const bob = await connect();
  await bob.join(room);
  for (const [i, leaveBy] of [(peer) => peer.close(1000), (peer) => peer.carrier.tcp.hangUp()].entries()) {
    const ana = await connect();
    await ana.join(room);
    await ana.send(['1', '2', room, 'shout', {i}]);
    leaveBy(ana);
    await bob.expect(broadcast(room, 'shout', {i}));
  }
});

test('two hundred connections receive one broadcast, and those of each other', async ({connect, room}) => {
  const peers = await Promise.all(Array.from({length: 200}, () => connect()));
  await Promise.all(peers.map((peer) => peer.join(room)));
  peers[0].send(['1', null, room, 'shout', {n: 'é'}]);
  await Promise.all(peers.map((peer) => peer.expect(broadcast(room, 'shout', {n: 'é'}))));
  for (const [i, peer] of peers.slice(0, 20).entries()) peer.send(['1', null, room, 'shout_from', {i}]);
  await Promise.all(peers.slice(20).map((peer) => peer.expectInAnyOrder(...Array.from({length: 20},
    (_, i) => broadcast(room, 'shout', {i})))));
});

// The broadcaster encodes for version 2, and raises if it cannot (v2_json_serializer.ex, fastlane!).
test('version 2: a broadcast that is neither object nor bytes crashes its sender, unheard', async ({connect, room}) => {
  const [ana, bob] = [await connect(), await connect()];
  await bob.join(room);
  for (const [i, payload] of [null, 'text', 7, [1]].entries()) {
    await ana.join(room, {}, `${i}`);
    await ana.send([`${i}`, 's', room, 'shout', payload]);
    await ana.expect(crashed(`${i}`, room));
  }
  await bob.settle();
});

test('version 1: a broadcast may be any JSON among clients of that version', async ({connect, room}) => {
  const [ana, bob] = [await connect({vsn: '1.0.0'}), await connect({vsn: '1.0.0'})];
  for (const peer of [ana, bob]) await peer.join(room);
  for (const payload of [null, 'text', 7, [1]]) {
    await ana.send(['1', 's', room, 'shout', payload]);
    for (const peer of [ana, bob]) await peer.expect(broadcast(room, 'shout', payload));
  }
});
