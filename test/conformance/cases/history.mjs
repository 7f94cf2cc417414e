import WebSocket from 'ws';
import {LongPoll} from 'phoenix';

import {area} from '../lib/cases.mjs';
import {answer, eventually} from '../lib/client.mjs';
import {check, Mismatch, Pattern, someText} from '../lib/matching.mjs';
import {binary, broadcast, error, join, ok, reply} from '../lib/messages.mjs';

const test = area('history', 'What a client missed: positions, replay, and the truth about both');

const position = new Pattern('a position', (value) => typeof value === 'string' && /^@.{1,31}$/s.test(value));
const shown = (topic, event, payload, at = position) => [null, at, topic, event, payload];

/** Joins with `history`, and returns what the answer says of it. */
async function joinWith(peer, topic, history, {ref = '1', payload = {}} = {}) {
  await peer.send(join(topic, {...payload, history}, ref));
  const got = await peer.next(`the answer to the join of ${topic}`);
  const response = (Array.isArray(got) ? got[4] : got.payload).response;
  const about = response.history;
  const said = about.recovered ? {} : {reason: someText};
  check({at: position, recovered: about.recovered, ...said, missed: about.missed, session: someText}, about);
  return about;
}

/** Takes `count` broadcasts, and returns the last one's position. */
async function take(peer, topic, event, numbers, key = 'n') {
  let at;
  for (const n of numbers) {
    const got = await peer.next(`${event} ${n}`);
    check(shown(topic, event, {[key]: n}), Array.isArray(got) && key === 'i' ? trimmed(got) : got);
    [, at] = got;
  }
  return at;
}
const trimmed = ([a, b, c, d, {i}]) => [a, b, c, d, {i}];
const range = (from, to) => Array.from({length: to - from + 1}, (_, n) => from + n);

async function shout(peer, topic, numbers, event = 'shout') {
  for (const n of numbers) await peer.send(['1', null, topic, event, {n}]);
}

for (const [how, open] of [['WebSocket', 'connect'], ['long poll', 'poll']]) {
  test(`whoever was cut off gets what was said meanwhile, in order, each once (${how})`, async (context) => {
    const topic = context.name('log:');
    const speaker = await context.connect();
    await speaker.join(topic);
    const peer = await context[open]();
    const first = await joinWith(peer, topic, {});
    check([true, 0], [first.recovered, first.missed]);
    await shout(speaker, topic, [1, 2]);
    const at = await take(peer, topic, 'shout', [1, 2]);
    peer.drop();
    await shout(speaker, topic, [3, 4, 5]);
    await speaker.skipTo(broadcast(topic, 'shout', {n: 5}));
    const again = await context[open]();
    const about = await joinWith(again, topic, {since: at, session: first.session});
    check([true, 3], [about.recovered, about.missed]);
    await shout(speaker, topic, [6]);
    await take(again, topic, 'shout', [3, 4, 5, 6]);
    await again.settle();
  });
}

test('each position that a client ever holds leads to exactly the rest', async (context) => {
  const topic = context.name('log:');
  const speaker = await context.connect();
  const held = [(await joinWith(speaker, topic, {})).at];
  await shout(speaker, topic, range(1, 10));
  for (const n of range(1, 10)) held.push(await take(speaker, topic, 'shout', [n]));
  check(11, new Set(held).size);
  for (const [n, since] of held.entries()) {
    const peer = await context.connect();
    const about = await joinWith(peer, topic, {since});
    check([true, 10 - n], [about.recovered, about.missed]);
    await take(peer, topic, 'shout', range(n + 1, 10));
    await peer.settle();
    peer.drop();
  }
});

test('the newest messages, or those of a time', async (context) => {
  const topic = context.name('log:');
  const speaker = await context.connect();
  await speaker.join(topic);
  await shout(speaker, topic, range(1, 5));
  await speaker.skipTo(broadcast(topic, 'shout', {n: 5}));
  for (const [history, numbers] of [[{last: 2}, [4, 5]], [{last: 0}, []], [{last: 9}, range(1, 5)],
    [{within: 60_000}, range(1, 5)]]) {
    const peer = await context.connect();
    const about = await joinWith(peer, topic, history);
    check([true, numbers.length], [about.recovered, about.missed]);
    await take(peer, topic, 'shout', numbers);
    await peer.settle();
  }
});

test('more than one join may replay is told, and the newest follow', async (context) => {
  const topic = context.name('log:');
  const speaker = await context.connect();
  const {at} = await joinWith(speaker, topic, {});
  await speaker.send(['1', 'fill', topic, 'fill', {n: 600, size: 20}]);
  await speaker.skipTo(reply('1', 'fill', topic));
  for (const history of [{since: at}, {last: 501}]) {
    const peer = await context.connect();
    const about = await joinWith(peer, topic, history);
    check([false, 'limit', 500], [about.recovered, about.reason, about.missed]);
    await take(peer, topic, 'filled', range(100, 599), 'i');
    await peer.settle();
  }
});

test('what is no longer kept is told, and the newest follow', async (context) => {
  const topic = context.name('log:');
  const speaker = await context.connect();
  const {at} = await joinWith(speaker, topic, {});
  await speaker.send(['1', 'fill', topic, 'fill', {n: 1_001, size: 20}]);
  await speaker.skipTo(reply('1', 'fill', topic));
  const peer = await context.connect();
  const about = await joinWith(peer, topic, {since: at});
  check([false, 'expired', 500], [about.recovered, about.reason, about.missed]);
  await take(peer, topic, 'filled', range(501, 1_000), 'i');
  await peer.settle();
});

test('a topic keeps a megabyte', async (context) => {
  const topic = context.name('log:');
  const speaker = await context.connect();
  const {at} = await joinWith(speaker, topic, {});
  await speaker.send(['1', 'fill', topic, 'fill', {n: 110, size: 10_000}]);
  await speaker.skipTo(reply('1', 'fill', topic));
  const peer = await context.connect();
  const about = await joinWith(peer, topic, {since: at});
  check([false, 'expired'], [about.recovered, about.reason]);
  check(true, about.missed > 80 && about.missed < 105, `${about.missed} of 110 are kept`);
  await take(peer, topic, 'filled', range(110 - about.missed, 109), 'i');
  await peer.settle();
});

test('a position that cannot be judged is unknown, harms nobody, and what is live follows', async (context) => {
  const topic = context.name('log:');
  const speaker = await context.connect();
  const {at} = await joinWith(speaker, topic, {});
  await shout(speaker, topic, [1]);
  const one = await take(speaker, topic, 'shout', [1]);
  const other = await joinWith(await context.connect(), context.name('log:'), {});
  const odd = [{since: 'garbage'}, {since: '@'}, {since: `${at}x`}, {since: other.at}, {since: '@'.padEnd(2_000, 'A')},
    {since: 1}, {since: null}, {last: -1}, {last: 1.5}, {last: '1'}, {within: {}}, {since: at, last: 1}, true, 'all', [], 7];
  for (const history of odd) {
    const peer = await context.connect();
    const about = await joinWith(peer, topic, history);
    check([false, 'unknown', 0], [about.recovered, about.reason, about.missed], JSON.stringify(history));
    await peer.settle();
    peer.drop();
  }
  const peer = await context.connect();
  check(true, (await joinWith(peer, topic, {since: one})).recovered);
  await shout(speaker, topic, [2]);
  await take(peer, topic, 'shout', [2]);
  await take(speaker, topic, 'shout', [2]);
});

test('what is not kept has no position, keeps its place, and is not replayed', async (context) => {
  const topic = context.name('log:');
  const peer = await context.connect();
  const {at} = await joinWith(peer, topic, {});
  await peer.send(['1', null, topic, 'shout', {n: 1}], ['1', null, topic, 'whisper', {n: 2}], ['1', null, topic, 'shout', {n: 3}]);
  await peer.expect(shown(topic, 'shout', {n: 1}), broadcast(topic, 'whisper', {n: 2}), shown(topic, 'shout', {n: 3}));
  const again = await context.connect();
  check(2, (await joinWith(again, topic, {since: at})).missed);
  await again.expect(shown(topic, 'shout', {n: 1}), shown(topic, 'shout', {n: 3}));
  await again.settle();
});

test('a client does not get again what an earlier join of it has sent to all others', async (context) => {
  const topic = context.name('log:');
  const [ana, bob] = [await context.connect(), await context.connect()];
  const {at, session} = await joinWith(ana, topic, {});
  await joinWith(bob, topic, {});
  await ana.send(['1', null, topic, 'shout_from', {n: 1}]);
  await take(bob, topic, 'shout', [1]);
  await bob.send(['1', null, topic, 'shout_from', {n: 2}]);
  await take(ana, topic, 'shout', [2]);
  ana.drop();
  const again = await context.connect();
  const about = await joinWith(again, topic, {since: at, session});
  check([true, 1], [about.recovered, about.missed]);
  await take(again, topic, 'shout', [2]);
  await again.settle();
  const third = await context.connect();
  check(1, (await joinWith(third, topic, {since: at, session: about.session})).missed);
  const stranger = await context.connect();
  check(2, (await joinWith(stranger, topic, {since: at})).missed);
  await take(stranger, topic, 'shout', [1, 2]);
});

test('the interceptor runs on what is replayed, and its push carries the position', async (context) => {
  const topic = context.name('log:');
  const ana = await context.connect({params: {user: 'ana'}});
  const {at} = await joinWith(ana, topic, {});
  await ana.send(['1', null, topic, 'private', {n: 1}], ['1', null, topic, 'shout', {n: 2}],
    ['1', null, topic, 'private', {skip: 'ana'}], ['1', null, topic, 'private', {n: 3}]);
  const pushed = (n, user) => ['1', position, topic, 'private', {n, for: user}];
  await ana.expect(pushed(1, 'ana'), shown(topic, 'shout', {n: 2}), pushed(3, 'ana'));
  const bob = await context.connect({params: {user: 'bob'}});
  check([true, 4], (({recovered, missed}) => [recovered, missed])(await joinWith(bob, topic, {since: at})));
  await bob.expect(pushed(1, 'bob'), shown(topic, 'shout', {n: 2}),
    ['1', position, topic, 'private', {skip: 'ana', for: 'bob'}], pushed(3, 'bob'));
  await bob.settle();
});

test('bytes are followed by their position', async (context) => {
  const topic = context.name('log:');
  const peer = await context.connect();
  const {at} = await joinWith(peer, topic, {});
  await peer.send(binary.clientPush('1', '', topic, 'shout', [1, 2, 3]));
  await peer.expect(binary.broadcast(topic, 'shout', [1, 2, 3]), shown(topic, '$position', {}));
  const again = await context.connect();
  check(1, (await joinWith(again, topic, {since: at})).missed);
  await again.expect(binary.broadcast(topic, 'shout', [1, 2, 3]), shown(topic, '$position', {}));
  await again.settle();
});

test('version 1 has the position as ref', async (context) => {
  const topic = context.name('log:');
  const peer = await context.connect({vsn: '1.0.0'});
  const {at} = await joinWith(peer, topic, {});
  await peer.send(['1', null, topic, 'shout', {n: 1}]);
  check({topic, event: 'shout', payload: {n: 1}, ref: position}, await peer.next('a broadcast'));
  const again = await context.connect({vsn: '1.0.0'});
  check(1, (await joinWith(again, topic, {since: at})).missed);
  check({topic, event: 'shout', payload: {n: 1}, ref: position}, await again.next('what was missed'));
});

test('the key wins over one of the class, and a refused join has none', async (context) => {
  const topic = context.name('log:');
  const peer = await context.connect();
  await peer.send(join(topic, {history: {}, reply: {history: 'mine', more: 1}}, '1'));
  await peer.expect(reply('1', '1', topic,
    ok({more: 1, history: {at: position, recovered: true, missed: 0, session: someText}})));
  await peer.send(join(`${topic}2`, {history: {}, crash: true}, '2'));
  await peer.expect(reply('2', '2', `${topic}2`, error({reason: 'join crashed'})));
});

test('without the key, and on other topics, nothing changes', async (context) => {
  const topic = context.name('log:');
  const [plain, with_history] = [await context.connect(), await context.connect()];
  await plain.join(topic);
  await joinWith(with_history, topic, {});
  await plain.send(['1', null, topic, 'shout', {n: 1}]);
  await plain.expect(broadcast(topic, 'shout', {n: 1}));
  await take(with_history, topic, 'shout', [1]);
  await plain.join(context.room, {history: {last: 5}}, '2');
  await plain.send(['2', null, context.room, 'shout', {n: 1}]);
  await plain.expect(broadcast(context.room, 'shout', {n: 1}));
});

test('messages of many clients at once come in one order to all, and again to those who come back', async (context) => {
  const topic = context.name('log:');
  const peers = await Promise.all(range(1, 6).map(() => context.connect()));
  let start;
  for (const peer of peers) start ??= (await joinWith(peer, topic, {})).at, await 0;
  for (const peer of peers.slice(1)) await joinWith(peer, topic, {}, {ref: '2'});
  const refs = peers.map((_, i) => (i === 0 ? '1' : '2'));
  await Promise.all(peers.map(async (peer, i) => {
    for (const n of range(1, 30)) await peer.send([refs[i], null, topic, 'shout', {n: i * 100 + n}]);
  }));
  const orders = await Promise.all(peers.map(async (peer) => {
    const numbers = [];
    while (numbers.length < 180) {
      const [, , , event, payload] = await peer.next('a shout');
      if (event === 'shout') numbers.push(payload.n);
    }
    return numbers;
  }));
  for (const order of orders) check(orders[0], order);
  const late = await context.connect();
  check(180, (await joinWith(late, topic, {since: start})).missed);
  await take(late, topic, 'shout', orders[0]);
});

for (const [how, transport] of [['WebSocket', WebSocket], ['long poll', LongPoll]]) {
  test(`the official client gets the position as second argument, and everything after a reconnect (${how})`,
    async (context) => {
      const topic = context.name('log:');
      const speaker = await context.connect();
      await speaker.join(topic);
      const socket = context.client({transport});
      socket.connect();
      const got = [];
      const answers = [];
      const history = {};
      const channel = socket.channel(topic, () => ({history}));
      channel.on('shout', ({n}, at) => {
        got.push(n);
        if (!/^@/.test(at)) throw new Mismatch('a position', at);
        history.since = at;
      });
      channel.on('$position', (_, at) => { history.since = at; });
      channel.join().receive('ok', (response) => {
        answers.push(response.history);
        Object.assign(history, {since: response.history.at, session: response.history.session});
      });
      await eventually('a join', () => answers.length === 1);
      for (let round = 0; round < 5; round += 1) {
        await shout(speaker, topic, [round * 10 + 1, round * 10 + 2]);
        if (transport === WebSocket) socket.conn.terminate();
        else socket.conn.close(1006, 'cut', false);
        await shout(speaker, topic, [round * 10 + 3]);
        await eventually('another join', () => answers.length === round + 2);
      }
      await eventually('all messages', () => got.length >= 15);
      check([...Array(5).keys()].flatMap((round) => [1, 2, 3].map((n) => round * 10 + n)), got);
      check([], answers.filter((one) => !one.recovered));
      await answer(channel.leave());
    });
}
