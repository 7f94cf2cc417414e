import assert from 'node:assert/strict';
import net from 'node:net';
import {once} from 'node:events';
import {after, afterEach, before, test} from 'node:test';

import {WebSocket, clientOf, disconnected, response} from '../js/client.mjs';
import {startProgram} from '../js/program.mjs';
import {openPage, startBrowser} from './browser.mjs';

const range = (from, to) => Array.from({length: to - from + 1}, (_, n) => from + n);

let browser, server;
before(async () => {
  server = await startProgram('reference');
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const undo = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

/** Passes bytes to the server and back, until they are cut. */
async function startWire() {
  const {hostname, port} = new URL(server.url);
  const open = new Set();
  const wire = net.createServer((near) => {
    const far = net.connect(Number(port), hostname);
    for (const [from, to] of [[near, far], [far, near]]) {
      open.add(from);
      from.pipe(to);
      from.on('error', () => {});
      from.on('close', () => to.destroy());
    }
  });
  wire.listen(0, '127.0.0.1');
  await once(wire, 'listening');
  const cut = () => {
    for (const one of open) one.destroy();
    open.clear();
  };
  undo.push(() => {
    cut();
    wire.close();
  });
  return {url: `http://127.0.0.1:${wire.address().port}`, cut};
}

/** A speaker in a topic, over a connection of its own. */
async function speakerIn(topic) {
  const socket = clientOf(server.url, '/socket', {transport: WebSocket});
  undo.push(() => disconnected(socket));
  socket.connect();
  const channel = socket.channel(topic);
  await response(channel.join());
  return {say: (numbers) => numbers.forEach((n) => channel.push('shout', {n}))};
}

/** A page of `url` that listens to the address. */
async function listen(url, address) {
  const {page} = await openPage(browser);
  undo.push(() => page.context().close());
  await page.goto(`${url}/metrics`);
  await page.evaluate((from) => {
    const got = {numbers: [], replies: [], opened: 0, failed: 0};
    const source = new EventSource(from);
    source.onopen = () => { got.opened += 1; };
    source.onerror = () => { got.failed += 1; };
    source.addEventListener('phx_reply', ({data}) => got.replies.push(JSON.parse(data)));
    source.addEventListener('shout', ({data}) => got.numbers.push(JSON.parse(data).n));
    window.got = got;
  }, address);
  return {
    page,
    got: () => page.evaluate(() => window.got),
    until: (condition, argument) => page.waitForFunction(condition, argument),
  };
}

test('an EventSource of Chromium gets each event once and in order, whenever its connection is cut', async () => {
  const topic = 'log:browser';
  const wire = await startWire();
  const speaker = await speakerIn(topic);
  const listener = await listen(wire.url, `/socket/sse?topic=${topic}`);
  await listener.until(() => window.got.replies.length === 1);
  let last = 0;
  for (const cuts of [1, 2]) {
    speaker.say(range(last + 1, last + 20));
    await listener.until((n) => window.got.numbers.length >= n, last + 20);
    wire.cut();
    speaker.say(range(last + 21, last + 40));
    last += 40;
    await listener.until((n) => window.got.numbers.length >= n, last);
    const {numbers, replies} = await listener.got();
    assert.deepEqual(numbers, range(1, last));
    assert.equal(replies.length, cuts + 1);
    assert.equal(replies.at(-1).response.history.recovered, true);
  }
});

test('a page of an allowed other origin may listen', async () => {
  const topic = 'room:browser';
  const wire = await startWire();
  const listener = await listen(wire.url, `${server.url}/socket/sse?topic=${topic}`);
  await listener.until(() => window.got.replies.length === 1);
  const speaker = await speakerIn(topic);
  speaker.say([1]);
  await listener.until(() => window.got.numbers.length === 1);
});

test('an image of a page of another origin does not join', async () => {
  const wire = await startWire();
  const {page} = await openPage(browser);
  undo.push(() => page.context().close());
  await page.goto(`${wire.url}/metrics`);
  const refused = page.waitForResponse((one) => one.url().includes('/socket/sse'));
  await page.evaluate((src) => { document.body.append(Object.assign(new Image(), {src})); }, `${server.url}/socket/sse?topic=room:image`);
  assert.equal((await refused).status(), 403);
});

test('a refusal ends an EventSource for good', async () => {
  const listener = await listen(server.url, '/socket/sse?topic=room:deny');
  await listener.until(() => window.got.failed === 1);
  assert.equal((await listener.got()).opened, 0);
});
