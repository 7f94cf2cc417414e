import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {after, before, test} from 'node:test';

import {Presence, clientOf, disconnected, next, response} from './client.mjs';
import {startProgram} from './program.mjs';

let server;
before(async () => {
  server = await startProgram('chat');
});
after(async () => {
  await server?.stop();
});

const as = (name) => clientOf(server.url, '/socket', {params: {name}});

/** Gives `body` connected clients of these names, and always closes them. */
async function withClients(names, body) {
  const sockets = names.map(as);
  sockets.forEach((socket) => socket.connect());
  try {
    await body(...sockets);
  } finally {
    await Promise.all(sockets.map(disconnected));
  }
}

/** Enters a room, and hears the messages of the last minutes. */
async function enter(socket, room) {
  const channel = socket.channel(`room:${room}`, {history: {last: 100}});
  const heard = [];
  channel.on('message', (message) => heard.push(message));
  const {history} = await response(channel.join());
  return {channel, heard, history};
}

/** The bodies of the next messages on a channel, up to `last`. */
function until(channel, last) {
  const bodies = [];
  return new Promise((resolve) => {
    channel.on('message', ({body}) => {
      bodies.push(body);
      if (body === last) resolve(bodies);
    });
  });
}

test('a message sent twice because the answer was lost is heard once', () =>
  withClients(['Ana', 'Boris'], async (ana, boris) => {
    const said = (await enter(ana, 'twice')).channel;
    const heard = until((await enter(boris, 'twice')).channel, 'goodbye');
    const once = (seq) => ({producer: 'a window of Ana', epoch: 0, seq});
    await response(said.push('say', {id: 'a1', body: 'hello', $once: once(0)}));
    assert.deepEqual(await response(said.push('say', {id: 'a1', body: 'hello', $once: once(0)})), {duplicate: true});
    await response(said.push('say', {id: 'a2', body: 'goodbye', $once: once(1)}));
    assert.deepEqual(await heard, ['hello', 'goodbye']);
  }));

test('an invalid message is answered with the field that is wrong', () => withClients(['Ana'], async (ana) => {
  const {channel} = await enter(ana, 'strict');
  const wrong = async (payload) => (await response(channel.push('say', payload), 'error')).field;
  assert.equal(await wrong({id: 'a1'}), 'body');
  assert.equal(await wrong({id: 'a1', body: ' \n'}), 'body');
  assert.equal(await wrong({id: 'a1', body: 'a bell: \u0007'}), 'body');
  assert.equal(await wrong({id: 'a1', body: 'x'.repeat(4001)}), 'body');
  assert.equal(await wrong({id: 7, body: 'hello'}), 'id');
  await response(channel.push('say', {id: 'a1', body: 'two\n\tlines'}));
}));

test('a room remembers its last hundred messages', () => withClients(['Ana', 'Boris'], async (ana, boris) => {
  const {channel} = await enter(ana, 'long');
  const all = until(channel, '105');
  const said = Array.from({length: 105}, (_, i) => channel.push('say', {id: `${i}`, body: `${i + 1}`}));
  await Promise.all(said.map((push) => response(push)));
  await all;
  const late = await enter(boris, 'long');
  assert.deepEqual([late.history.recovered, late.history.missed], [true, 100]);
  await response(late.channel.push('say', {id: 'end', body: 'end'}));
  assert.deepEqual(late.heard.map(({body}) => body), [...Array.from({length: 100}, (_, i) => `${i + 6}`), 'end']);
}));

/** Resolves as soon as a presence's list, seen through `view`, equals `expected`. */
function becomes(presence, view, expected) {
  return new Promise((resolve) => {
    presence.onSync(() => {
      if (JSON.stringify(presence.list(view)) === JSON.stringify(expected)) resolve();
    });
  });
}

test('a room shows its members, the number of their windows, and the members who are typing', {timeout: 60_000}, () =>
  withClients(['Ana', 'Boris', 'Boris'], async (ana, boris, again) => {
    const channel = ana.channel('room:seen');
    const presence = new Presence(channel);
    const seen = (...expected) =>
        becomes(presence, (name, {metas}) => [name, metas.length, metas.some(({typing}) => typing)], expected);
    const alone = seen(['Ana', 1, false]);
    channel.join();
    await alone;
    const two = seen(['Ana', 1, false], ['Boris', 1, false]);
    const window = (await enter(boris, 'seen')).channel;
    await two;
    const windows = seen(['Ana', 1, false], ['Boris', 2, false]);
    const other = (await enter(again, 'seen')).channel;
    await windows;

    const typing = seen(['Ana', 1, false], ['Boris', 2, true]);
    other.push('typing', {on: true});
    await typing;
    const done = seen(['Ana', 1, false], ['Boris', 2, false]);
    other.push('typing', {on: false});
    await done;

    const typingAgain = seen(['Ana', 1, false], ['Boris', 2, true]);
    other.push('typing', {on: true});
    await typingAgain;
    const left = seen(['Ana', 1, false], ['Boris', 1, false]);
    await disconnected(again);
    await left;
    const aloneAgain = seen(['Ana', 1, false]);
    await response(window.leave());
    await aloneAgain;
  }));

test('a user who looks at the list of rooms sees the members of each, and is in none', {timeout: 60_000}, () =>
  withClients(['Zoe', 'Ana'], async (zoe, ana) => {
    const directory = zoe.channel('rooms');
    const presence = new Presence(directory);
    const listed = (...expected) =>
        becomes(presence, (room, {metas}) => [room, ...metas.map(({name}) => name)], expected);
    const nobody = listed();
    directory.join();
    await nobody;
    const one = listed(['listed', 'Ana']);
    const {channel} = await enter(ana, 'listed');
    await one;
    const nobodyAgain = listed();
    await response(channel.leave());
    await nobodyAgain;
  }));

test('no client connects without a name', async () => {
  for (const name of ['', ' ', 'x'.repeat(41), 'a\nb']) {
    const socket = as(name);
    const refused = new Promise((resolve, reject) => {
      socket.onError(resolve);
      socket.onOpen(() => reject(new Error(`connected as ${JSON.stringify(name)}`)));
    });
    socket.connect();
    await refused;
    await disconnected(socket);
  }
});

test('without its page the program names the missing file in one line', () => {
  const run = (...args) => spawnSync(server.child.spawnfile, args, {encoding: 'utf8'});
  const {status, stderr} = run('--www', '/nonexistent');
  assert.equal(status, 1);
  assert.match(stderr, /^there is no page in \/nonexistent: .*\n$/);
  assert.equal(run('--www').status, 2);
});

test('the page, the official client and the module are served', async () => {
  const types = {'/': 'text/html', '/app.js': 'text/javascript', '/phoenix/phoenix.mjs': 'text/javascript',
                 '/bennu.mjs': 'text/javascript'};
  for (const [path, type] of Object.entries(types)) {
    const answer = await fetch(server.url + path);
    assert.equal(answer.status, 200);
    assert.ok(answer.headers.get('content-type').startsWith(type));
    await answer.arrayBuffer();
  }
});

test('invisible characters are removed from a name, so that no visitor can pose as another', {timeout: 60_000}, () =>
  withClients(['Ana', '\u202EBo\u200Bris\u2069 '], async (ana, boris) => {
    const heard = (await enter(ana, 'seen-names')).channel;
    const message = next(heard, 'message');
    const {channel} = await enter(boris, 'seen-names');
    await response(channel.push('say', {id: 'b1', body: 'It is me.'}));
    assert.equal((await message).name, 'Boris');
  }));

test('a room whose name has invisible characters is refused', () => withClients(['Ana'], async (ana) => {
  for (const name of ['lob\u200Bby', ' lobby', 'lobby\u202E']) {
    const {reason} = await response(ana.channel(`room:${name}`).join(), 'error');
    assert.equal(reason, 'bad room name');
  }
}));

test('one client cannot take all rooms', () => withClients(['Eve', 'Ana'], async (eve, ana) => {
  const joins = Array.from({length: 10}, (_, i) => eve.channel(`room:taken-${i}`).join());
  await Promise.all(joins.map((join) => response(join)));
  await response(eve.channel('rooms').join());
  assert.deepEqual(await response(eve.channel('room:one-more').join(), 'error'), {reason: 'too many channels joined'});
  await enter(ana, 'free');
}));
