// The load generator against the reference server: node --test load_test.mjs
import assert from 'node:assert/strict';
import {execFileSync, spawn} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {fileURLToPath} from 'node:url';

const bin = process.env.BENNU_BIN ?? fileURLToPath(new URL('../../build/release/bin', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'load-test-'));
const file = (name) => join(folder, name);
const servers = [];

/** Starts the reference server. @returns its address, as "host:port" */
function serve(...options) {
  const child = spawn(join(bin, 'reference'), ['--port', '0', '--threads', '1', '--log-level', 'error', ...options]);
  servers.push(child);
  return new Promise((resolve, reject) => {
    child.stdout.on('data', (bytes) => {
      const match = /^listening on https?:\/\/(\S+)$/m.exec(String(bytes));
      if (match) resolve(match[1].replace('0.0.0.0', '127.0.0.1'));
    });
    child.on('error', reject);
    child.on('close', (code) => reject(new Error(`the server ended with ${code}`)));
  });
}

/** Runs the load generator. */
function run(...args) {
  return new Promise((resolve, reject) => {
    const child = spawn(join(bin, 'load'), args);
    const said = {out: '', err: ''};
    child.stdout.on('data', (bytes) => (said.out += bytes));
    child.stderr.on('data', (bytes) => (said.err += bytes));
    child.on('error', reject);
    child.on('close', (code) => resolve({code, ...said}));
  });
}

/** Runs it for a moment. @returns its JSON output */
async function measured(...args) {
  const {code, out, err} = await run(...args, '--duration', '0.5', '--warm-up', '0.1', '--json', file('result.json'));
  assert.equal(code, 0, err);
  assert.match(out, /joined in/);
  return JSON.parse(readFileSync(file('result.json'), 'utf8'));
}

let host;
let url;

before(async () => {
  host = await serve();
  url = `ws://${host}/socket`;
});

after(() => {
  for (const one of servers) {
    one.removeAllListeners('close');
    one.kill('SIGKILL');
  }
  rmSync(folder, {recursive: true});
});

test('echo: pushes are answered, and the server is found by its port', async () => {
  const r = await measured('echo', url, '-n', '10', '-w', '2', '--svg', file('plot.svg'));
  assert.equal(r.ramp.ready, 10);
  assert.ok(r.load.operations > 100, `${r.load.operations} round trips`);
  assert.ok(r.load.response_us.echo.count >= r.load.operations);
  assert.equal(r.unanswered, 0);
  assert.deepEqual(r.load.errors, {});
  assert.equal(r.server.name, 'reference');
  assert.ok(r.server.cpu > 0);
  assert.match(readFileSync(file('plot.svg'), 'utf8'), /^<svg .*<\/svg>\n$/s);
});

test('echo at a rate: as many as are due, each counted from when it was', async () => {
  const r = await measured('echo', url, '-n', '10', '--rate', '200');
  assert.ok(r.load.operations >= 80 && r.load.operations <= 120, `${r.load.operations} of 100`);
  assert.ok(r.load.response_us.echo.p50 >= r.load.service_us.echo.p50);
});

test('fanout: each broadcast reaches all clients of its topic', async () => {
  const r = await measured('fanout', url, '-n', '20', '--topics', '2', '--rate', '100');
  const expected = 50 * 10;
  assert.ok(r.load.operations >= expected * 0.8 && r.load.operations <= expected * 1.2, `${r.load.operations} deliveries`);
  assert.equal(r.unanswered, 0);
});

test('fanout without a rate continues when all have received the broadcast', async () => {
  const r = await measured('fanout', url, '-n', '20', '-w', '2');
  assert.ok(r.load.operations > 1000, `${r.load.operations} deliveries`);
});

test('churn: leaves and joins', async () => {
  const r = await measured('churn', url, '-n', '5');
  assert.ok(r.load.response_us.leave.count > 20);
  assert.ok(r.load.response_us.join.count > 20);
  assert.deepEqual(r.load.errors, {});
});

test('idle: heartbeats, and the memory for a client', async () => {
  const r = await measured('idle', url, '-n', '200', '--connect-rate', '2000', '--heartbeat', '0.2');
  assert.equal(r.ramp.ready, 200);
  assert.equal(r.load.lost, 0);
  assert.ok(r.load.response_us.heartbeat.count > 200);
  assert.ok(r.server.memory_mb > 1);
});

test('a script is done step by step', async () => {
  const script = {
    setup: [{join: 'room:{client}'}],
    steps: [
      {repeat: 2, steps: [{push: 'echo', payload: {by: '{client}'}}]},
      {cast: 'shout', payload: {text: 'hi'}},
      {await: 'shout'},
      {leave: 'room:{client}'},
      {join: 'room:{client}'},
      {sleep_ms: 1},
    ],
  };
  writeFileSync(file('script.json'), JSON.stringify(script));
  const r = await measured('script', file('script.json'), url, '-n', '3');
  const {echo, leave, 'await shout': heard} = r.load.response_us;
  assert.ok(leave.count > 5);
  // Each of the 3 clients may be in the middle of its steps when the measurement begins.
  assert.ok(echo.count + 2 * 3 >= 2 * leave.count);
  assert.ok(heard.count + 3 >= leave.count);
  assert.deepEqual(r.load.errors, {});
});

test('wss: with a certificate that is trusted, and not with one that is not', async () => {
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', file('key.pem'), '-out', file('cert.pem'),
    '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'], {stdio: 'ignore'});
  const port = (await serve('--cert', file('cert.pem'), '--key', file('key.pem'))).split(':').at(-1);
  const secure = `wss://localhost:${port}/socket`;
  const r = await measured('echo', secure, '-n', '4', '--ca', file('cert.pem'));
  assert.ok(r.load.operations > 50);
  const refused = await run('echo', secure, '-n', '2', '-q');
  assert.equal(refused.code, 1);
  assert.match(refused.err, /^load: no client could join: TLS: .*certificate verify failed.*\n$/);
});

/** Runs the load generator for two seconds. @param halfway called when the first is over. @returns the result */
async function disturbed(args, halfway) {
  const child = spawn(join(bin, 'load'), [...args, '-d', '2', '--warm-up', '0', '--json', file('disturbed.json')]);
  const said = {out: '', err: ''};
  child.stdout.on('data', (bytes) => (said.out += bytes));
  let measured = false;
  child.stderr.on('data', (bytes) => {
    said.err += bytes;
    if (measured || !/ s {2}(echo|churn) /.test(said.err)) return;
    measured = true;
    halfway();
  });
  said.code = await new Promise((resolve) => child.on('close', resolve));
  said.result = JSON.parse(readFileSync(file('disturbed.json'), 'utf8'));
  return said;
}

test('a server that stalls hides nothing: operations that were due and waited count as late', async () => {
  const address = `ws://${await serve()}/socket`;
  const server = servers.at(-1);
  const {code, result: r} = await disturbed(['churn', address, '-n', '5', '--rate', '200'], () => {
    server.kill('SIGSTOP');
    setTimeout(() => server.kill('SIGCONT'), 1500);
  });
  assert.equal(code, 0);
  const {count, p90, max} = r.load.response_us.leave;
  assert.ok(count + r.unanswered >= 0.8 * 400, `${count} leaves, ${r.unanswered} not answered`);
  // Half of the operations were due while the server stood still, which it did until after the last was due.
  assert.ok(max > 1_000_000 && p90 > 500_000, `p90 ${p90}, max ${max} us`);
});

test('operations that a server leaves undone when it ends count as not answered', async () => {
  const address = `ws://${await serve()}/socket`;
  const server = servers.at(-1);
  server.removeAllListeners('close');
  const {code, out, err, result: r} = await disturbed(['echo', address, '-n', '4', '--rate', '100'], () => server.kill('SIGKILL'));
  const {operations, lost} = r.load;
  assert.equal(lost, 4);
  assert.ok(operations + r.unanswered >= 0.8 * 200 && r.unanswered > 50, `${operations}, ${r.unanswered} not answered`);
  assert.match(out, /, 4 lost\n/);
  assert.match(out, / not answered, 4 errors\n/);
  assert.equal(code, 1);
  assert.match(err, /\nload: all clients were lost: /);
});

test('a channel that crashes is an error, and a run in which nothing is answered has no result', async () => {
  const {code, out, err} = await run('echo', url, '-n', '3', '--event', 'nosuch', '-q', '-d', '0.2', '--warm-up', '0');
  assert.match(out, /^operations  0.0 a second, 0 in .*, 3 not answered, 3 errors$/m);
  assert.match(out, /^errors +3 times: a channel crashed \(phx_error\)$/m);
  assert.equal(code, 1);
  assert.equal(err, 'load: nothing was answered: a channel crashed (phx_error) (3 times)\n');
});

test('a file that cannot be written is found before the run', async () => {
  for (const option of ['--json', '--svg']) {
    const name = file('no/such/folder');
    assert.deepEqual(await run('echo', url, '-n', '2', option, name), {code: 2, out: '', err: `load: cannot write ${name}\n`});
  }
});

test('a failure is reported in one line', async () => {
  for (const [args, code, text] of [
    [['echo', url, '--topic', 'nowhere:1'], 1, /no client could join: join was answered with an error: .*unmatched topic/],
    [['echo', 'ws://127.0.0.1:1/socket'], 1, /no client could join: cannot connect: Connection refused/],
    [['echo', `ws://${host}/nothing`], 1, /no client could join: the handshake was answered with "HTTP\/1.1 404/],
    [['echo', 'http://localhost/socket'], 2, /ws:\/\/ or wss:\/\//],
    [['echo', url, '-n', '18446744073709551615'], 2, /--clients: expected a whole number from 1 to 1,000,000, got/],
    [['echo', url, '--rate', 'nan'], 2, /--rate: expected a number from 0.001 to 1,000,000,000, got "nan"/],
    [['dance', url], 2, /expected one of the scenarios/],
  ]) {
    const said = await run(...args, ...(code === 1 ? ['-n', '2', '-q'] : []));
    assert.equal(said.code, code, `${args}: ${said.err}`);
    assert.match(said.err, text);
    assert.match(said.err, /^load: [^\n]*\n$/);
    assert.equal(said.out, '');
  }
});

test('--help lists the options', async () => {
  const all = await run('--help');
  assert.equal(all.code, 0);
  for (const scenario of ['idle', 'echo', 'fanout', 'churn', 'script']) assert.match(all.out, new RegExp(`^ +${scenario} `, 'm'));
  assert.match((await run('echo', '--help')).out, /--rate/);
});

test('an interrupted run reports its results so far', async () => {
  const child = spawn(join(bin, 'load'), ['echo', url, '-n', '2', '--duration', '60', '--json', file('cut.json')]);
  let seen = '';
  const measuring = new Promise((resolve) => child.stderr.on('data', (bytes) => {
    seen += bytes;
    if (/ s  echo /.test(seen)) resolve();
  }));
  const ended = new Promise((resolve) => child.on('close', resolve));
  await measuring;
  child.kill('SIGINT');
  assert.equal(await ended, 0);
  const r = JSON.parse(readFileSync(file('cut.json'), 'utf8'));
  assert.equal(r.interrupted, true);
  assert.ok(r.load.operations > 0);
});
