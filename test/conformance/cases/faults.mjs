import {execFileSync, spawn} from 'node:child_process';
import {closeSync, constants, existsSync, mkdtempSync, openSync, rmSync, writeSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';

import {area} from '../lib/cases.mjs';
import {eventually} from '../lib/client.mjs';
import {Mismatch, check} from '../lib/matching.mjs';
import {beat, crashed, heartbeat, ok} from '../lib/messages.mjs';
import {bin} from '../lib/program.mjs';
import {Tcp} from '../lib/tcp.mjs';
import {scaled} from '../lib/time.mjs';
import {userToken} from '../lib/token.mjs';

const test = area('faults', 'What fails around the server: nothing else suffers', {ownServers: true});

const clean = {code: 0, signal: null};
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function endsCleanly(server) {
  server.signal('SIGTERM');
  check(clean, await server.exitWithin(15_000));
}

// -- descriptors --

test('descriptors are used up: members are served, others wait, and get in when there are some', async (context) => {
  const {startWith, connect, room, after} = context;
  const server = await startWith({descriptors: 60}, '--threads', '2');
  const peer = await connect({server});
  await peer.join(room);
  const plain = {...server, tls: false};
  const crowd = await Promise.all(Array.from({length: 150}, () => Tcp.open(plain)));
  after(() => crowd.forEach((tcp) => tcp.drop()));
  await eventually('a warning in the log', () => server.stderr.includes('cannot accept connections for now: Too many open files'));
  for (let n = 0; n < 20; n += 1) {
    check(ok({n}), await peer.ask(room, 'echo', {n}));
    await pause(20);
  }
  const waiting = connect({server});
  crowd.splice(0, 140).forEach((tcp) => tcp.drop());
  await (await waiting).settle();
  check(ok({}), await peer.ask(room, 'echo', {}));
  await endsCleanly(server);
}, {seconds: 3});

// -- many at once --

/** This number of members of a room, in a process of their own. */
async function crowdOf(count, server, room, after) {
  const program = fileURLToPath(new URL('../lib/crowd.mjs', import.meta.url));
  const child = spawn(process.execPath, [program, server.host, server.port, server.tls, count, room],
    {stdio: ['ignore', 'pipe', 'inherit']});
  after(() => child.kill('SIGKILL'));
  for await (const line of createInterface({input: child.stdout})) if (line === 'joined') return child;
  throw new Mismatch('a crowd', 'it ended');
}

const crowd = Number(process.env.BENNU_TEST_CROWD ?? 1000);

test(`${crowd} connections vanish at once: every channel ends, and others are served meanwhile`, async (context) => {
  const {startWith, connect, room, name, after} = context;
  const server = await startWith({descriptors: crowd + 200});
  const watcher = await connect({server});
  await watcher.join('audit');
  const peer = await connect({server});
  await peer.join(name('room:'));
  const members = await crowdOf(crowd, server, room, after);
  const began = performance.now();
  members.kill('SIGKILL');
  let slowest = 0;
  const reports = (async () => {
    for (let left = crowd; left > 0; left -= 1) {
      const [, , , event, {topic, reason}] = await watcher.next('a report that a channel ended');
      check(['terminated', room, 'closed'], [event, topic, reason]);
    }
    return performance.now() - began;
  })();
  let over = false;
  const asking = (async () => {
    for (let i = 0; !over; i += 1) {
      const asked = performance.now();
      await peer.send(heartbeat(`${i}`));
      await peer.expect(beat(`${i}`));
      slowest = Math.max(slowest, performance.now() - asked);
    }
  })();
  const ms = await reports;
  over = true;
  await asking;
  await watcher.settle();
  if (process.env.BENNU_TEST_CROWD) console.log(`note: ${crowd} gone in ${ms.toFixed(0)} ms; slowest heartbeat meanwhile ${slowest.toFixed(1)} ms`);
  await endsCleanly(server);
}, {seconds: 20});

// -- the log --

test('a full disk, on which the log cannot be written, has no effect on clients', async ({startWith, connect, room}) => {
  const server = await startWith({stderr: '/dev/full'}, '--log-level', 'debug');
  const peer = await connect({server});
  await peer.join(room);
  await peer.send(['1', 'c', room, 'crash', {}]);
  await peer.expect(crashed('1', room));
  const other = await connect({server});
  await other.sendText('[');
  await other.expectClose(1011);
  await (await connect({server})).settle();
  await endsCleanly(server);
});

test('a log whose pipe is full and not read delays neither clients nor the end', async (context) => {
  const {startWith, connect, room} = context;
  const folder = mkdtempSync(join(tmpdir(), 'bennu-log-'));
  context.after(() => rmSync(folder, {recursive: true}));
  const pipe = join(folder, 'stderr');
  execFileSync('mkfifo', [pipe]);
  const end = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK);
  context.after(() => closeSync(end));
  for (const size of [4096, 1]) {
    try {
      for (;;) writeSync(end, Buffer.alloc(size, '.'));
    } catch (error) {
      check('EAGAIN', error.code);
    }
  }
  const server = await startWith({stderr: pipe}, '--log-level', 'debug', '--threads', '1');
  const watcher = await connect({server});
  for (let i = 0; i < 5; ++i) {
    const peer = await connect({server});
    await peer.join(room);
    await peer.send(['1', 'c', room, 'crash', {}]);
    await peer.expect(crashed('1', room));
    peer.drop();
  }
  await watcher.settle();
  await endsCleanly(server);
});

// -- the clock --

const year = 365 * 86_400;

/** A server whose wall clock the test can set to a number of seconds from the true time. */
async function startWithClock({startWith, after}) {
  const preload = join(bin, 'libclock_shift.so');
  if (!existsSync(preload)) throw new Mismatch(preload, 'no such file');
  const folder = mkdtempSync(join(tmpdir(), 'bennu-clock-'));
  after(() => rmSync(folder, {recursive: true}));
  const file = join(folder, 'shift');
  const fd = openSync(file, 'w');
  after(() => closeSync(fd));
  const jump = (seconds) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(seconds));
    writeSync(fd, bytes, 0, 8, 0);
  };
  jump(0);
  const server = await startWith({env: {LD_PRELOAD: preload, CLOCK_SHIFT_FILE: file}});
  return {server, jump};
}

/** Sends heartbeats. @returns a function for the longest pause between two, in milliseconds */
function keepAlive(peer, after) {
  let [last, longest] = [performance.now(), 0];
  const timer = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
    peer.send(heartbeat('b'));
  }, 200);
  after(() => clearInterval(timer));
  return () => longest;
}

for (const [where, seconds] of [['a year ahead', year], ['a year back', -year], ['to 1970', -Math.trunc(Date.now() / 1000)]]) {
  test(`the clock jumps ${where}: timeouts and timers do not`, async (context) => {
    const {connect, session, room, user, after} = context;
    const {server, jump} = await startWithClock(context);
    const strict = (name) => connect({server, path: '/strict/websocket', params: {token: userToken(name)}});
    const [silent, busy, peer] = [await strict(user), await strict(user), await connect({server})];
    const beating = keepAlive(busy, after);
    const began = performance.now();
    await peer.join(room);
    const polling = await session({server});
    await peer.send(['1', null, room, 'info', {ms: 400, event: 'later', payload: {}}]);
    jump(seconds);
    await peer.expect(['1', null, room, 'later', {}]);
    const timerMs = performance.now() - began;
    if (timerMs < 350 || timerMs > scaled(3_000)) throw new Mismatch('400 ms, or little more', `${timerMs} ms`);
    await silent.expectClose(1001);
    await pause(1_000);
    // If this process itself was held up for that long, the connection was in fact idle.
    const closed = busy.inbox.waiting.find((item) => item.text === undefined);
    if (beating() < 1_500) check(undefined, closed);
    check(ok({}), await peer.ask(room, 'echo', {}));
    await polling.post(JSON.stringify(heartbeat('p')));
    await (await connect({server})).settle();
    jump(0);
    await peer.settle();
    await endsCleanly(server);
  }, {seconds: 5});
}

test('the clock jumps: tokens are judged by the new time', async (context) => {
  const {connect, upgrade, user} = context;
  const {server, jump} = await startWithClock(context);
  const token = userToken(user);
  const query = new URLSearchParams({vsn: '2.0.0', token}).toString();
  const statusAt = async (seconds) => {
    jump(seconds);
    return (await upgrade({server, path: '/strict/websocket', query})).status;
  };
  check([101, 101, 403, 403, 101], [await statusAt(0), await statusAt(50), await statusAt(62), await statusAt(year), await statusAt(0)]);
  jump(0);
  await (await connect({server})).settle();
});
