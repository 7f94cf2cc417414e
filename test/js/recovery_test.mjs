// The module for pages over real connections that break, with each version of the official client: nothing is missing,
// and nothing comes twice.
import assert from 'node:assert/strict';
import {after, before, describe, test} from 'node:test';

import {RecoverableChannel} from '../../channels/js/bennu.min.mjs';
import {BreakableNetwork} from './breakable_network.mjs';
import {WebSocket, clientOf, disconnected, response} from './client.mjs';
import {current, versions} from './phoenix_versions.mjs';
import {startProgram} from './program.mjs';

const range = (from, to) => Array.from({length: to - from + 1}, (_, i) => from + i);
const soon = {reconnectAfterMs: () => 20, rejoinAfterMs: () => 20};

let server;
let network;
before(async () => {
  server = await startProgram('reference');
  network = await BreakableNetwork.to(server.url);
});
after(async () => {
  await network?.close();
  await server?.stop();
});

/** The numbers that a channel got in its events, and a promise for the moment when it has one of them. */
class Received {
  numbers = [];
  #awaited = [];

  constructor(channel, event, numberOf) {
    channel.on(event, (payload) => {
      this.numbers.push(numberOf(payload));
      this.#awaited.filter(([n]) => this.numbers.includes(n)).forEach(([, resolve]) => resolve());
    });
  }

  until(n) {
    if (this.numbers.includes(n)) return Promise.resolve();
    return new Promise((resolve) => this.#awaited.push([n, resolve]));
  }
}

/** A client whose connection never breaks, joined to a topic. */
async function steady(topic) {
  const socket = clientOf(server.url);
  socket.connect();
  const channel = socket.channel(topic, {});
  await response(channel.join());
  const say = (from, to) => range(from, to).forEach((n) => channel.push('shout', {n}));
  return {socket, channel, say, heard: new Received(channel, 'shout', ({n}) => n)};
}

function recoverable({Socket}, topic, options = {}, url = network.url) {
  const socket = new Socket(`${url.replace('http', 'ws')}/socket`, {transport: WebSocket, ...soon});
  socket.connect();
  return new RecoverableChannel(socket, topic, options);
}

const joined = (channel) => response(channel.join());
/** Resolves when the channel has joined again. */
const recovered = (told) => new Promise((resolve) => (told.next = resolve));

for (const version of versions) {
  describe(`phoenix ${version.name}`, {timeout: 120_000}, () => {
    test('a client that was cut off gets what was said meanwhile, and then what is live', async () => {
      const topic = `log:cut-${version.name}`;
      const speaker = await steady(topic);
      const told = {};
      const channel = recoverable(version, topic, {onRecovered: (reply) => told.next(reply), onLost: assert.fail});
      const got = new Received(channel, 'shout', ({n}) => n);
      await joined(channel);
      speaker.say(1, 10);
      await got.until(10);
      const back = recovered(told);
      network.break();
      speaker.say(11, 30);
      await speaker.heard.until(30);
      network.mend();
      assert.equal((await back).missed, 20);
      speaker.say(31, 35);
      await got.until(35);
      assert.deepEqual(got.numbers, range(1, 35));
      await Promise.all([disconnected(channel.socket), disconnected(speaker.socket)]);
    });

    test('of 300 messages and 60 pushes none is lost and none comes twice, while the connection breaks 15 times', async () => {
      const topic = `log:storm-${version.name}`;
      const speaker = await steady(topic);
      const channel = recoverable(version, topic, {onLost: assert.fail});
      const got = new Received(channel, 'shout', ({n}) => n);
      const handled = new Received(speaker.channel, 'filled', ({pad}) => pad.length);
      await joined(channel);
      const fill = (size) => channel.push('fill', {n: 1, size});
      for (let round = 0; round < 15; ++round) {
        speaker.say(round * 20 + 1, round * 20 + 20);
        const pushes = range(round * 4 + 1, round * 4 + 4).map(fill);
        await got.until(round * 20 + round + 1);
        network.cut();
        await Promise.all(pushes);
      }
      await Promise.all([got.until(300), handled.until(60)]);
      assert.deepEqual(got.numbers, range(1, 300));
      assert.deepEqual(handled.numbers, range(1, 60));
      await Promise.all([disconnected(channel.socket), disconnected(speaker.socket)]);
    });
  });
}

test('a push that crashes its channel is given up after one more attempt, and the others are handled', {timeout: 60_000},
  async () => {
    const channel = recoverable(current, 'log:crash');
    await joined(channel);
    const results = await Promise.allSettled([channel.push('echo', {n: 1}), channel.push('crash'), channel.push('echo', {n: 2})]);
    assert.deepEqual(results.map(({value, reason}) => value ?? reason), [{n: 1}, {reason: 'crashed'}, {n: 2}]);
    await disconnected(channel.socket);
  });

test('a client of a server that is stopped comes to the next one, and is told that messages may be gone',
  {timeout: 60_000}, async () => {
    const first = await startProgram('reference');
    const second = await startProgram('reference');
    const way = await BreakableNetwork.to(first.url);
    const lost = [];
    const channel = recoverable(current, 'log:moved', {onLost: ({reason}) => lost.push(reason), spreadMs: 100}, way.url);
    await joined(channel);
    assert.deepEqual(await channel.push('echo', {n: 1}), {n: 1});
    way.target = second.url;
    await first.stop();
    assert.deepEqual(await channel.push('echo', {n: 2}), {n: 2});
    assert.deepEqual(lost, ['unknown']);
    await disconnected(channel.socket);
    await way.close();
    await second.stop();
  });

test('the repeated push of a client is answered as a duplicate, by WebSocket and by long poll', async () => {
  for (const [i, transport] of [WebSocket, current.LongPoll].entries()) {
    const socket = clientOf(server.url, '/socket', {transport});
    socket.connect();
    const channel = socket.channel(`log:once-${i}`);
    await response(channel.join());
    const push = (seq, more) => channel.push('echo', {text: 'hi', $once: {producer: 'p', epoch: 0, seq, ...more}});
    assert.deepEqual(await response(push(0)), {text: 'hi'});
    assert.deepEqual(await response(push(0)), {duplicate: true});
    assert.deepEqual(await response(push(2), 'error'), {reason: 'out of order', expected: 1});
    assert.deepEqual(await response(push(0, {epoch: 1})), {text: 'hi'});
    assert.deepEqual(await response(push(1), 'error'), {reason: 'fenced'});
    assert.equal((await response(push('x'), 'error')).field, '$once.seq');
    await disconnected(socket);
  }
});
