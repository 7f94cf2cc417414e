import assert from 'node:assert/strict';
import {execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {after, before, test} from 'node:test';
import {fileURLToPath} from 'node:url';

import {desktop, startBrowser} from '../browser/browser.mjs';
import {Visitor} from '../browser/visitor.mjs';
import {WebSocket} from '../js/client.mjs';
import {eventually} from '../nodes/lib/eventually.mjs';
import {commandOf, commandsIn, fileIn} from './lib/chapter.mjs';
import {configureNginx, startNginx} from './lib/nginx.mjs';

const page = 'deploying.md';
const project = fileURLToPath(new URL('../..', import.meta.url));
const bin = process.env.BENNU_BIN ?? `${project}/build/release/bin`;
const url = 'https://chat.example.com';

let browser, server, stopNginx;
before(async () => {
  execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', '/opt']);
  const [build, npm, ...install] = commandsIn(page, 'install');
  assert.deepEqual([build, npm], ['scripts/build', 'npm ci --prefix apps/chat'], 'these two were done before the test');
  for (const command of install) {
    execFileSync('sh', ['-ec', command.replaceAll('build/release/bin', bin)], {cwd: project, stdio: 'inherit'});
  }
  server = await startServer();
  configureNginx(fileIn(page, 'chat.conf'));
  stopNginx = await startNginx();
  browser = await startBrowser('--host-resolver-rules=MAP chat.example.com 127.0.0.1');
});
after(async () => {
  await browser?.close();
  await stopNginx?.();
  await stop(server);
});

/** Runs the unit's command, as systemd does. */
async function startServer() {
  const [program, ...args] = commandOf(fileIn(page, 'chat.service'), {}, process.env.TEST_FOLDER);
  const child = spawn(program, args, {stdio: ['ignore', 'pipe', 'inherit']});
  process.on('exit', () => child.kill('SIGKILL'));
  let output = '';
  child.stdout.on('data', (text) => (output += text));
  await eventually('the server listens', () => {
    if (child.exitCode !== null) throw new Error(`it ended with exit code ${child.exitCode}`);
    return output.includes('listening on http://127.0.0.1:4000\n');
  });
  return child;
}

async function stop(child) {
  if (!child || child.exitCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  assert.equal((await ended)[0], 0);
}

const enter = (name) => Visitor.enter(browser, url, name, 'lobby', {...desktop, ignoreHTTPSErrors: true});

test('a browser chats through nginx over TLS, and comes back when the server is restarted', async () => {
  const [ana, boris] = await Promise.all(['Ana', 'Boris'].map(enter));
  await Promise.all([ana.isIn(), boris.isIn()]);
  await ana.say('Good morning!');
  await boris.sees('.body', 'Good morning!');

  await stop(server);
  await ana.sees('#banner', 'Reconnecting');
  server = await startServer();
  await Promise.all([ana, boris].map((one) => one.sees('#banner', 'Back again')));
  await boris.say('And again.');
  await ana.sees('.body', 'And again.');
  await Promise.all([ana.page, boris.page].map((one) => one.context().close()));
});

/** The HTTP status that a WebSocket from a page of this origin is answered with. */
function statusFor(origin) {
  const socket = new WebSocket('wss://localhost/socket/websocket?vsn=2.0.0&name=Eve', {origin});
  return new Promise((resolve, reject) => {
    socket.on('open', () => {
      socket.terminate();
      resolve(101);
    });
    socket.on('unexpected-response', (_, {statusCode}) => resolve(statusCode));
    socket.on('error', reject);
  });
}

test('only pages of the named origin may connect', async () => {
  assert.equal(await statusFor(url), 101);
  assert.equal(await statusFor('https://evil.example'), 403);
  assert.equal(await statusFor('http://chat.example.com'), 403);
});
