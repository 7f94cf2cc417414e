import assert from 'node:assert/strict';
import {execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdirSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {afterEach, test} from 'node:test';
import {fileURLToPath} from 'node:url';

import {clientOf, disconnected, response} from '../js/client.mjs';
import {eventually} from '../nodes/lib/eventually.mjs';

const script = fileURLToPath(new URL('../../scripts/cluster', import.meta.url));
const ports = [4000, 4001, 4002];

let child, temporary;
const sockets = [];
afterEach(async () => {
  await Promise.all(sockets.splice(0).map(disconnected));
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // The script has ended, and so have all processes that it started.
  }
});

/** Starts it as a shell does, in a process group of its own, and waits until all nodes accept clients. */
async function startCluster() {
  temporary = join(process.env.TEST_FOLDER, `temporary-${Date.now()}`);
  mkdirSync(temporary);
  child = spawn(script, [], {detached: true, stdio: ['ignore', 'pipe', 'inherit'], env: {...process.env, TMPDIR: temporary}});
  let output = '';
  child.stdout.on('data', (text) => (output += text));
  const ended = once(child, 'exit').then(([code]) => code);
  await eventually('all nodes listen', () => {
    if (child.exitCode !== null) throw new Error(output);
    return ports.every((port) => output.includes(`listening on http://127.0.0.1:${port}\n`));
  }, 60_000);
  return {ended};
}

/** A client in the room lobby, and its received messages. */
async function enter(port, name) {
  const socket = clientOf(`http://127.0.0.1:${port}`, '/socket', {params: {name}});
  socket.connect();
  sockets.push(socket);
  const room = socket.channel('room:lobby');
  const heard = [];
  room.on('message', ({body}) => heard.push(body));
  await response(room.join());
  return {room, heard};
}

const nobodyListens = () => eventually('the ports are free', async () => {
  const answers = await Promise.all(ports.map((port) => fetch(`http://127.0.0.1:${port}/`).then(() => true, () => false)));
  return answers.every((answer) => !answer);
});

test('scripts/cluster runs three linked nodes, and Ctrl-C ends them', async () => {
  const {ended} = await startCluster();
  const people = await Promise.all(ports.map((port, i) => enter(port, `person ${i}`)));
  for (const [i, {room}] of people.entries()) {
    const body = `from ${ports[i]}`;
    let said = 0;
    await eventually('all others hear it', async () => {
      // Nodes find each other a moment after they have started.
      await response(room.push('say', {id: `${i}-${said++}`, body}));
      return people.every(({heard}, other) => other === i || heard.includes(body));
    });
  }
  process.kill(-child.pid, 'SIGINT');
  assert.equal(await ended, 0);
  await nobodyListens();
  assert.deepEqual(readdirSync(temporary), [], 'nothing is left behind');
});

test('if one of the nodes ends, scripts/cluster ends the others, and exits with an error', async () => {
  const {ended} = await startCluster();
  const {pid} = child;
  const nodes = execFileSync('pgrep', ['-g', `${pid}`, '-x', 'chat'], {encoding: 'utf8'}).trim().split('\n');
  assert.equal(nodes.length, 3);
  process.kill(Number(nodes[1]), 'SIGKILL');
  assert.equal(await ended, 1);
  await nobodyListens();
});
