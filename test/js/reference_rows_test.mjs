import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {clientOf, disconnected, next, response} from './client.mjs';
import {startProgram} from './program.mjs';

// Every row of the reference server's tables, seen by the official client.
const noReplyMs = 100;
let server;
let rooms = 0;
before(async () => { server = await startProgram('reference', '--log-level', 'error'); });
after(async () => { await server?.stop(); });

/** Joins `user` to `topic`, for as long as `body` runs. */
async function joined(topic, user, body, payload = {}) {
  const socket = clientOf(server.url, '/socket', {params: user === null ? {} : {user}, rejoinAfterMs: () => 20});
  socket.connect();
  try {
    const channel = socket.channel(topic, payload);
    await response(channel.join());
    await body(channel, socket);
  } finally {
    await disconnected(socket);
  }
}

/** A test in a room of its own, with two members and a client that has joined `audit`. */
function row(name, body) {
  test(name, () => {
    const topic = `room:${++rooms}`;
    return joined('audit', null, (audit) => joined(topic, 'ana', (ana) => joined(topic, 'bob', (bob) =>
      body({topic, ana, bob, audit}))));
  });
}
const ask = (channel, event, payload = {}, status = 'ok') => response(channel.push(event, payload), status);
const tell = (channel, event, payload = {}) => { channel.push(event, payload, noReplyMs); };
const closed = (channel) => new Promise((resolve) => channel.onClose(resolve));
const failed = (channel) => new Promise((resolve) => channel.onError(resolve));
/** Nothing of this event has come by the time that a later push is answered. */
async function silent(channel, event, body) {
  let heard = 0;
  channel.on(event, () => { heard += 1; });
  await body();
  await ask(channel, 'ping');
  assert.equal(heard, 0);
}

for (const [user, wanted] of [['ana', 'ana'], [null, null]]) {
  test(`join greet: after_join pushes greeting, user ${wanted}`, async () => {
    const socket = clientOf(server.url, '/socket', {params: user === null ? {} : {user}});
    socket.connect();
    const channel = socket.channel('room:greet', {greet: true});
    const greeting = next(channel, 'greeting');
    assert.deepEqual(await response(channel.join()), {});
    assert.deepEqual(await greeting, {user: wanted, topic: 'room:greet'});
    await disconnected(socket);
  });
}
for (const [payload, status, wanted] of [[{reply: {a: 1}}, 'ok', {a: 1}], [{sleep: 50}, 'ok', {}],
  [{crash: true}, 'error', {reason: 'join crashed'}]]) {
  test(`join ${JSON.stringify(payload)}`, async () => {
    const socket = clientOf(server.url);
    socket.connect();
    assert.deepEqual(await response(socket.channel('room:join', payload).join(), status), wanted);
    await disconnected(socket);
  });
}
row('echo, error, ping, noreply, sleep', async ({ana}) => {
  assert.deepEqual(await ask(ana, 'echo', {a: [1]}), {a: [1]});
  assert.deepEqual(await ask(ana, 'error', {a: 1}, 'error'), {a: 1});
  assert.deepEqual(await ask(ana, 'ping'), {});
  assert.deepEqual(await ask(ana, 'sleep', {ms: 20}), {});
  await assert.rejects(response(ana.push('noreply', {}, noReplyMs)), /timeout/);
});
row('bytes are echoed and shouted as bytes', async ({ana, bob}) => {
  const bytes = Uint8Array.from([0, 1, 255]);
  assert.deepEqual(new Uint8Array(await ask(ana, 'echo', bytes.buffer)), bytes);
  const shout = next(bob, 'shout');
  tell(ana, 'shout', bytes.buffer);
  assert.deepEqual(new Uint8Array(await shout), bytes);
});
row('shout reaches all, shout_from all but the sender, push the sender alone', async ({ana, bob}) => {
  const both = Promise.all([next(ana, 'shout'), next(bob, 'shout')]);
  tell(ana, 'shout', {n: 1});
  assert.deepEqual(await both, [{n: 1}, {n: 1}]);
  const other = next(bob, 'shout');
  await silent(ana, 'shout', async () => {
    tell(ana, 'shout_from', {n: 2});
    assert.deepEqual(await other, {n: 2});
  });
  const pushed = next(ana, 'pushed');
  await silent(bob, 'pushed', async () => {
    tell(ana, 'push', {n: 3});
    assert.deepEqual(await pushed, {n: 3});
  });
});
row('private is pushed with its receiver, dropped, or stops the channel', async ({topic, ana, bob, audit}) => {
  const both = Promise.all([next(ana, 'private'), next(bob, 'private')]);
  tell(ana, 'private', {n: 1});
  assert.deepEqual(await both, [{n: 1, for: 'ana'}, {n: 1, for: 'bob'}]);
  const mine = next(ana, 'private');
  await silent(bob, 'private', async () => {
    tell(ana, 'private', {skip: 'bob'});
    assert.deepEqual(await mine, {skip: 'bob', for: 'ana'});
  });
  const [end, report] = [closed(bob), next(audit, 'terminated')];
  tell(ana, 'private', {stop: 'bob'});
  await end;
  assert.deepEqual(await report, {topic, user: 'bob', reason: 'normal'});
});
for (const [event, reason] of [['stop', 'normal'], ['stop_reply', 'normal'], ['stop_shutdown', 'shutdown']]) {
  row(`${event} closes the channel: ${reason}`, async ({topic, ana, audit}) => {
    const [end, report] = [closed(ana), next(audit, 'terminated')];
    if (event === 'stop_reply') assert.deepEqual(await ask(ana, event, {bye: 1}), {bye: 1});
    else tell(ana, event);
    await end;
    assert.deepEqual(await report, {topic, user: 'ana', reason});
  });
}
for (const [event, reason] of [['stop_error', 'boom'], ['crash', 'crash'], ['nonsense', 'unhandled event']]) {
  row(`${event} is an error, and the client joins again`, async ({topic, ana, audit}) => {
    const [end, report] = [failed(ana), next(audit, 'terminated')];
    tell(ana, event);
    await end;
    assert.deepEqual(await report, {topic, user: 'ana', reason});
    assert.deepEqual(await ask(ana, 'echo', {again: 1}), {again: 1});
  });
}
row('leaving is reported as left, closing as closed', async ({topic, ana, bob, audit}) => {
  let report = next(audit, 'terminated');
  await response(ana.leave());
  assert.deepEqual(await report, {topic, user: 'ana', reason: 'left'});
  report = next(audit, 'terminated');
  bob.socket.disconnect();
  assert.deepEqual(await report, {topic, user: 'bob', reason: 'closed'});
});
row('later is answered by another actor', async ({ana}) => {
  assert.deepEqual(await ask(ana, 'later', {ms: 30, n: 1}), {ms: 30, n: 1});
});
row('assign and assigns', async ({ana, bob}) => {
  assert.deepEqual(await ask(ana, 'assign', {key: 'k', value: [1]}), {});
  assert.deepEqual(await ask(ana, 'assigns'), {user: 'ana', k: [1]});
  assert.deepEqual(await ask(bob, 'assigns'), {user: 'bob'});
});
for (const reason of ['normal', 'shutdown', 'kaput']) {
  row(`watch reports down: ${reason}`, async ({ana}) => {
    const down = next(ana, 'down');
    tell(ana, 'watch', {reason});
    assert.deepEqual(await down, {reason});
  });
}
row('info comes later as a push', async ({ana}) => {
  const tick = next(ana, 'tick');
  tell(ana, 'info', {ms: 20, event: 'tick', payload: {n: 1}});
  assert.deepEqual(await tick, {n: 1});
});
row('subscribe, publish, unsubscribe', async ({topic, ana, bob}) => {
  const news = `news:${topic}`;
  assert.deepEqual(await ask(ana, 'subscribe', {topic: news}), {});
  const got = next(ana, 'pubsub');
  assert.deepEqual(await ask(bob, 'publish', {topic: news, message: {n: 1}}), {});
  assert.deepEqual(await got, {topic: news, message: {n: 1}});
  assert.deepEqual(await ask(ana, 'unsubscribe', {topic: news}), {});
  await silent(ana, 'pubsub', () => ask(bob, 'publish', {topic: news, message: {n: 2}}));
});
row('disconnect closes all connections of a user, who come back', async ({ana, bob}) => {
  const lost = failed(bob);
  assert.deepEqual(await ask(ana, 'disconnect', {id: 'user_socket:bob'}), {});
  await lost;
  assert.deepEqual(await ask(bob, 'echo', {back: 1}), {back: 1});
});
