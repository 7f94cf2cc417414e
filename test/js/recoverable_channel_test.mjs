// The module for pages, in virtual time, with each version of the official client.
import assert from 'node:assert/strict';
import {beforeEach, describe, mock, test} from 'node:test';

import {RecoverableChannel} from '../../channels/js/bennu.min.mjs';
import {versions} from './phoenix_versions.mjs';
import {ScriptedServer} from './scripted_server.mjs';

const topic = 'log:1';
const history = (at, more = {}) => ({history: {at, recovered: true, missed: 0, session: `s${at}`, ...more}});
/** Lets the handlers of settled promises run. */
const settled = async () => {
  for (let i = 0; i < 5; ++i) await Promise.resolve();
};

/** What a promise has come to: the value, or `{refused: reason}`. */
function outcome(promise) {
  const seen = {};
  promise.then((value) => (seen.value = value), (why) => (seen.refused = why.reason ?? why));
  return seen;
}

function storage(content = {}) {
  return {
    content,
    getItem: (key) => content[key] ?? null,
    setItem: (key, value) => (content[key] = value),
  };
}

for (const {name, Socket} of versions) {
  describe(`phoenix ${name}`, () => {
    let server;
    let socket;
    beforeEach(() => {
      mock.timers.enable();
      server = new ScriptedServer();
      socket = new Socket('ws://server/socket', {transport: server.Transport});
      socket.connect();
      server.accept();
    });

    const open = (options) => new RecoverableChannel(socket, topic, options);
    const answerJoin = (response) => {
      const join = server.take();
      assert.equal(join.event, 'phx_join');
      server.reply(join, 'ok', response);
      return join.payload;
    };
    const joined = (options) => {
      const channel = open(options);
      channel.join();
      answerJoin(history('@1'));
      return channel;
    };
    /** Breaks the connection, and lets the client come back to where it joins. */
    const cut = (code) => {
      server.end(code);
      mock.timers.tick(5_000);
      server.accept();
    };
    const once = ({payload}) => [payload.$once.epoch, payload.$once.seq];

    const tested = (title, body) => test(title, async () => {
      try {
        await body();
      } finally {
        mock.timers.reset();
      }
    });

    tested('a join asks for positions, and a later one for what came after the last position', () => {
      const channel = open({params: {user: 'ana'}});
      assert.equal(channel.position, undefined);
      channel.join();
      assert.deepEqual(answerJoin(history('@1')), {user: 'ana', history: {}});
      assert.equal(channel.position, '@1');
      server.broadcast(topic, 'said', {n: 1}, '@2');
      cut();
      assert.deepEqual(answerJoin(history('@2')), {user: 'ana', history: {since: '@2', session: 's@1'}});
      server.broadcast(topic, '$position', {}, '@3');
      cut();
      assert.deepEqual(answerJoin(history('@3')).history, {since: '@3', session: 's@2'});
    });

    tested('the payload of a join may come from a function, and its first request from an option', () => {
      let token = 'a';
      const channel = open({params: () => ({token}), history: {last: 20}});
      channel.join();
      assert.deepEqual(answerJoin(history('@1')), {token: 'a', history: {last: 20}});
      token = 'b';
      cut();
      assert.deepEqual(answerJoin(history('@1')), {token: 'b', history: {since: '@1', session: 's@1'}});
      assert.deepEqual(channel.channel.params().token, 'b');
    });

    tested('each message is given once, with its position', () => {
      const channel = joined();
      const got = [];
      channel.on('said', ({n}, position) => got.push([n, position]));
      server.broadcast(topic, 'said', {n: 1}, '@2');
      server.broadcast(topic, 'said', {n: 2}, null);
      server.broadcast(topic, 'said', {n: 3}, '@3');
      assert.deepEqual(got, [[1, '@2'], [2, null], [3, '@3']]);
    });

    tested('a message that comes before the answer to the join is not given twice, and its position does not count', () => {
      const channel = joined();
      const got = [];
      channel.on('said', ({n}) => got.push(n));
      cut();
      server.broadcast(topic, 'said', {n: 1}, '@2');
      server.broadcast(topic, 'said', {n: 'transient'}, null);
      assert.equal(channel.position, '@1');
      assert.deepEqual(got, ['transient']);
      assert.equal(answerJoin(history('@1', {missed: 1})).history.since, '@1');
      server.broadcast(topic, 'said', {n: 1}, '@2');
      assert.deepEqual(got, ['transient', 1]);
      assert.equal(channel.position, '@2');
    });

    tested('a listener that was removed is not called', () => {
      const channel = joined();
      const got = [];
      const ref = channel.on('said', ({n}) => got.push(n));
      server.broadcast(topic, 'said', {n: 1}, '@2');
      channel.off('said', ref);
      server.broadcast(topic, 'said', {n: 2}, '@3');
      assert.deepEqual(got, [1]);
      assert.equal(channel.position, '@3');
    });

    tested('the page is told if it has everything, and if it has lost something', () => {
      const told = [];
      joined({
        onRecovered: ({missed}) => told.push(['recovered', missed]),
        onLost: ({reason, missed}) => told.push(['lost', reason, missed]),
      });
      assert.deepEqual(told, []);
      cut();
      answerJoin(history('@1', {missed: 3}));
      cut();
      answerJoin(history('@9', {recovered: false, reason: 'expired', missed: 2}));
      server.broadcast(topic, '$history', {recovered: false, reason: 'expired', missed: null}, '@20');
      assert.deepEqual(told, [['recovered', 3], ['lost', 'expired', 2], ['lost', 'expired', null]]);
      cut();
      assert.equal(answerJoin(history('@20')).history.since, '@20');
    });

    tested('a class without history answers as ever', () => {
      const channel = open();
      channel.join();
      assert.deepEqual(answerJoin({}), {history: {}});
      cut();
      assert.deepEqual(answerJoin({}), {history: {}});
      assert.equal(channel.position, undefined);
    });

    tested('a page that is loaded again goes on at the position that the storage has', () => {
      const kept = storage();
      joined({storage: kept});
      server.broadcast(topic, 'said', {n: 1}, '@2');
      const told = [];
      const next = new Socket('ws://server/socket', {transport: server.Transport});
      next.connect();
      server.accept();
      const channel = new RecoverableChannel(next, topic, {storage: kept, onRecovered: () => told.push('recovered')});
      channel.join();
      assert.deepEqual(answerJoin(history('@2')).history, {since: '@2', session: 's@1'});
      assert.deepEqual(told, ['recovered']);
      channel.leave();
      assert.deepEqual(JSON.parse(kept.content['bennu:log:1']), null);
    });

    tested('a storage that is broken, or has something else, does no harm', () => {
      const refuse = () => {
        throw new Error('the quota is exceeded');
      };
      for (const kept of [{getItem: refuse, setItem: refuse}, storage({'bennu:log:1': '{'})]) {
        server.inbox = [];
        const channel = new RecoverableChannel(socket, topic, {storage: kept});
        channel.join();
        assert.deepEqual(server.inbox.at(-1).payload, {history: {}});
        server.reply(server.inbox.at(-1), 'ok', history('@1'));
        assert.equal(channel.position, '@1');
      }
    });

    tested('pushes are numbered, and come to what the server answers', async () => {
      const channel = joined();
      const first = outcome(channel.push('say', {body: 'hi'}));
      const second = outcome(channel.push('say', {body: ''}));
      const [one, two] = server.inbox;
      assert.equal(one.payload.body, 'hi');
      assert.match(one.payload.$once.producer, /^\w{16,}$/);
      assert.equal(two.payload.$once.producer, one.payload.$once.producer);
      assert.deepEqual([once(one), once(two)], [[0, 0], [0, 1]]);
      server.reply(one, 'ok', {id: 7});
      server.reply(two, 'error', {reason: 'empty'});
      await settled();
      assert.deepEqual([first, second], [{value: {id: 7}}, {refused: 'empty'}]);
    });

    tested('pushes made before the join, or while the client is away, are sent in order when it has joined', () => {
      const channel = open();
      channel.push('say', {n: 1}).catch(() => {});
      channel.join();
      channel.push('say', {n: 2}).catch(() => {});
      answerJoin(history('@1'));
      assert.deepEqual(server.inbox.splice(0).map(({payload}) => payload.n), [1, 2]);
      server.end();
      channel.push('say', {n: 3}).catch(() => {});
      mock.timers.tick(5_000);
      server.accept();
      answerJoin(history('@1'));
      assert.deepEqual(server.inbox.map(({payload}) => payload.n), [1, 2, 3]);
      assert.deepEqual(server.inbox.map(once), [[0, 0], [0, 1], [0, 2]]);
    });

    tested('a push without an answer is sent again with its number, and a duplicate is an answer', async () => {
      const channel = joined();
      const first = outcome(channel.push('say', {n: 1}));
      const second = outcome(channel.push('say', {n: 2}));
      server.reply(server.take(), 'ok', {});
      cut();
      answerJoin(history('@1'));
      assert.deepEqual(server.inbox.map(once), [[0, 1]]);
      server.reply(server.take(), 'ok', {duplicate: true});
      await settled();
      assert.deepEqual([first, second], [{value: {}}, {value: {duplicate: true}}]);
      cut();
      answerJoin(history('@1'));
      assert.deepEqual(server.inbox, []);
    });

    tested('a push is given up after three attempts, and the next ones go on in a new epoch', async () => {
      const channel = joined();
      const lost = outcome(channel.push('say', {n: 1}));
      for (let i = 0; i < 3; ++i) {
        assert.deepEqual(server.inbox.map(once), [[0, 0]]);
        cut();
        answerJoin(history('@1'));
      }
      await settled();
      assert.deepEqual(lost, {refused: 'no answer'});
      const next = outcome(channel.push('say', {n: 2}));
      assert.deepEqual(once(server.inbox[0]), [0, 1]);
      server.reply(server.take(), 'error', {reason: 'out of order', expected: 0});
      assert.deepEqual(once(server.inbox[0]), [1, 0]);
      server.reply(server.take(), 'ok', {});
      await settled();
      assert.deepEqual(next, {value: {}});
    });

    tested('a push that has crashed its channel is given up, and the next one is sent', async () => {
      const channel = joined();
      const bad = outcome(channel.push('crash'));
      const good = outcome(channel.push('say'));
      server.inbox = [];
      server.broadcast(topic, 'phx_error', {});
      mock.timers.tick(1_000);
      answerJoin(history('@1'));
      server.reply(server.take(), 'error', {reason: 'crashed'});
      server.reply(server.take(), 'ok', {});
      await settled();
      assert.deepEqual([bad, good], [{refused: 'crashed'}, {value: {}}]);
    });

    tested('a client that sends too fast waits as long as it is told, and keeps its order', async () => {
      const channel = joined();
      const pushes = [1, 2, 3].map((n) => outcome(channel.push('say', {n})));
      const [one, two, three] = server.inbox.splice(0);
      server.reply(one, 'ok', {});
      server.reply(two, 'error', {reason: 'rate limited', retry_after: 400});
      server.reply(three, 'error', {reason: 'out of order', expected: 1});
      mock.timers.tick(399);
      assert.deepEqual(server.inbox, []);
      mock.timers.tick(1);
      assert.deepEqual(server.inbox.map(once), [[0, 1], [0, 2]]);
      server.inbox.splice(0).forEach((push) => server.reply(push, 'ok', {}));
      await settled();
      assert.deepEqual(pushes, [{value: {}}, {value: {}}, {value: {}}]);
    });

    tested('being too fast is no attempt', async () => {
      const channel = joined();
      const said = outcome(channel.push('say'));
      for (let i = 0; i < 5; ++i) {
        server.reply(server.take(), 'error', {reason: 'rate limited', retry_after: 100});
        mock.timers.tick(100);
      }
      cut();
      answerJoin(history('@1'));
      server.reply(server.take(), 'ok', {});
      await settled();
      assert.deepEqual(said, {value: {}});
    });

    tested('if the server has forgotten the client, new pushes go on, and repeated ones are unknown', async () => {
      const channel = joined();
      server.reply((channel.push('say').catch(() => {}), server.take()), 'ok', {});
      const repeated = outcome(channel.push('say'));
      cut();
      answerJoin(history('@1'));
      const fresh = [outcome(channel.push('say')), outcome(channel.push('say'))];
      const sent = server.inbox.splice(0);
      assert.deepEqual(sent.map(once), [[0, 1], [0, 2], [0, 3]]);
      sent.forEach((push) => server.reply(push, 'error', {reason: 'out of order', expected: 0}));
      assert.deepEqual(server.inbox.map(once), [[1, 0], [1, 1]]);
      server.inbox.splice(0).forEach((push) => server.reply(push, 'ok', {}));
      await settled();
      assert.deepEqual(repeated, {refused: 'unknown'});
      assert.deepEqual(fresh, [{value: {}}, {value: {}}]);
    });

    tested('after a restart of the server a push that was sent before is not sent again', async () => {
      const channel = joined();
      const sent = outcome(channel.push('say'));
      server.end();
      const unsent = outcome(channel.push('say', {n: 2}));
      mock.timers.tick(5_000);
      server.accept();
      answerJoin(history('@1', {recovered: false, reason: 'unknown'}));
      assert.deepEqual(server.inbox.map(({payload}) => payload.n), [2]);
      server.reply(server.take(), 'ok', {});
      await settled();
      assert.deepEqual([sent, unsent], [{refused: 'unknown'}, {value: {}}]);
    });

    tested('a push that gets no answer is sent again on the same connection, three times in all', async () => {
      const channel = joined();
      const silent = outcome(channel.push('say'));
      const seen = [];
      for (let i = 0; i < 3; ++i) {
        seen.push(once(server.take()));
        mock.timers.tick(10_000);
      }
      await settled();
      assert.deepEqual(seen, [[0, 0], [0, 0], [0, 0]]);
      assert.deepEqual(silent, {refused: 'timeout'});
    });

    tested('a push that got no answer is unknown if the server has forgotten the client meanwhile', async () => {
      const channel = joined();
      server.reply((channel.push('say').catch(() => {}), server.take()), 'ok', {});
      const silent = outcome(channel.push('say'));
      server.take();
      mock.timers.tick(10_000);
      server.reply(server.take(), 'error', {reason: 'out of order', expected: 0});
      await settled();
      assert.deepEqual(silent, {refused: 'unknown'});
    });

    tested('a push to a channel that has just ended waits until it has joined again', async () => {
      const channel = joined();
      const said = outcome(channel.push('say'));
      server.reply(server.take(), 'error', {reason: 'unmatched topic'});
      server.broadcast(topic, 'phx_error', {});
      mock.timers.tick(1_000);
      answerJoin(history('@1'));
      server.reply(server.take(), 'ok', {});
      await settled();
      assert.deepEqual(said, {value: {}});
    });

    tested('pushes without an answer end with the channel', async () => {
      const channel = joined();
      const left = outcome(channel.push('say'));
      channel.leave();
      server.reply(server.inbox.at(-1), 'ok', {});
      await settled();
      assert.deepEqual(left, {refused: 'closed'});
    });

    tested('bytes are refused, because they have no place for the number', async () => {
      const channel = joined();
      await assert.rejects(channel.push('say', new ArrayBuffer(1)), TypeError);
      assert.deepEqual(server.inbox, []);
    });

    tested('clients of a server that stops come back over a time, those of a broken network at once', () => {
      joined({spreadMs: 10_000});
      const comesBackAfter = (code) => {
        const before = server.connections.length;
        server.end(code);
        let ms = 0;
        while (server.connections.length === before && ms < 20_000) {
          mock.timers.tick(1);
          ms += 1;
        }
        server.accept();
        server.take();
        return ms;
      };
      const random = mock.method(Math, 'random', () => 0.5);
      const times = [1001, 1012, 1013, 1006].map(comesBackAfter);
      random.mock.restore();
      assert.deepEqual(times.map((ms) => Math.round(ms / 100) * 100), [5_000, 5_000, 5_000, 0]);
    });

    tested('a client that has disconnected stays away', () => {
      joined();
      const before = server.connections.length;
      const {onclose} = server.connections[0];
      socket.disconnect();
      onclose?.({code: 1001});  // the server stops at the same time
      mock.timers.tick(60_000);
      assert.equal(server.connections.length, before);
    });
  });
}
