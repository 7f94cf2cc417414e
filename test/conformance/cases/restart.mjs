import {LongPoll} from 'phoenix';
import WebSocket from 'ws';

import {area} from '../lib/cases.mjs';
import {answer, eventually, heard} from '../lib/client.mjs';
import {check} from '../lib/matching.mjs';

const test = area('restart', 'A server that is killed and comes back on its port', {ownServers: true});

for (const [how, transport] of [['WebSocket', WebSocket], ['long poll', LongPoll]]) {
  test(`the client joins again, and sends what was pushed meanwhile (${how})`, async ({start, client, room}) => {
    const first = await start();
    const socket = client({url: first.url, transport, reconnectAfterMs: () => 50});
    socket.connect();
    const channel = socket.channel(room);
    const seen = {joins: 0, errors: 0};
    channel.onError(() => { seen.errors += 1; });
    channel.join().receive('ok', () => { seen.joins += 1; });
    await eventually('a join', () => seen.joins === 1);
    check({n: 1}, await answer(channel.push('echo', {n: 1})));

    first.signal('SIGKILL');
    check({code: null, signal: 'SIGKILL'}, await first.exitWithin(5_000));
    await eventually('an error', () => seen.errors >= 1);
    const meanwhile = answer(channel.push('echo', {meanwhile: true}));
    const second = await start('--port', `${first.port}`);
    check(first.port, second.port);
    check({meanwhile: true}, await meanwhile);
    check(2, seen.joins);
    const shout = heard(channel, 'shout');
    channel.push('shout', {n: 2});
    check({n: 2}, await shout);
  }, {seconds: 2});
}

test('a long-poll session of the killed server is gone: 410', async ({start, session}) => {
  const first = await start();
  const old = await session({server: first});
  first.signal('SIGKILL');
  await first.exitWithin(5_000);
  const second = await start('--port', `${first.port}`);
  const polling = await session({server: second, begin: false});
  polling.token = old.token;
  check({status: 410}, await polling.post(['[null,"1","phoenix","heartbeat",{}]']));
  const answered = await polling.poll();
  check(410, answered.status);
  check(false, answered.token === old.token, 'the old token');
}, {seconds: 2});

test('twenty members of a room find each other again', async ({start, client, room}) => {
  const first = await start();
  const joins = [];
  const members = Array.from({length: 20}, (_, i) => {
    const socket = client({url: first.url, reconnectAfterMs: () => 50});
    socket.connect();
    const channel = socket.channel(room);
    joins[i] = 0;
    channel.join().receive('ok', () => { joins[i] += 1; });
    return channel;
  });
  await eventually('all to join', () => joins.every((n) => n === 1));
  first.signal('SIGKILL');
  await first.exitWithin(5_000);
  await start('--port', `${first.port}`);
  await eventually('all to join again', () => joins.every((n) => n === 2));
  const everyone = Promise.all(members.map((channel) => heard(channel, 'shout')));
  members[7].push('shout', {n: 1});
  check(members.map(() => ({n: 1})), await everyone);
}, {seconds: 2});
