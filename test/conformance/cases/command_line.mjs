import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

import {area} from '../lib/cases.mjs';
import {eventually} from '../lib/client.mjs';
import {Mismatch, check} from '../lib/matching.mjs';

const test = area('command line', 'The options of the programs, and what they say where they cannot start',
  {ownServers: true});

const isRefusal = ({code, signal}) => signal === null && [1, 2].includes(code);

/** The program prints only one matching line on standard error, and exits with 1 or 2. */
function checkRefusal(result, says) {
  if (!isRefusal(result)) throw new Mismatch('exit code 1 or 2', result);
  check('', result.stdout);
  const lines = result.stderr.trimEnd().split('\n');
  if (lines.length !== 1 || !says.test(lines[0])) throw new Mismatch(`one line like ${says}`, result.stderr);
}

const refused = [
  ['an unknown option', ['--nonsense'], /--nonsense/], ['an argument that is no option', ['nonsense'], /nonsense/],
  ['an option without its value', ['--port'], /--port/],
  ['a port that is no number', ['--port', 'http'], /--port.*http/],
  ['a port that is too large', ['--port', '65536'], /--port.*65536/],
  ['a negative port', ['--port', '-1'], /--port.*-1/],
  ['a port with something after it', ['--port', '80x'], /--port.*80x/],
  ['a port that is empty', ['--port', ''], /--port/],
  ['threads that are no number', ['--threads', 'many'], /--threads.*many/],
  ['a level of logging that is none', ['--log-level', 'loud'], /--log-level.*loud/],
  ['an address that is none', ['--port', '0', '--host', 'nonsense'], /nonsense/],
  ['an address that is not of this machine', ['--port', '0', '--host', '192.0.2.1'], /192\.0\.2\.1/],
];

/** The options that a program has of its own. */
const own = {reference: ['--jwks', '--jwt-issuer', '--jwt-audience'], chat: ['--www']};

for (const program of ['reference', 'chat']) {
  test(`${program} --help prints the options and exits 0`, async ({run}) => {
    const {code, stdout, stderr} = await run(program, '--help');
    check([0, ''], [code, stderr]);
    if (!stdout.startsWith('usage: ')) throw new Mismatch('a first line that says how it is used', stdout);
    for (const option of ['--host', '--port', '--threads', '--log-level', '--help', ...own[program]]) {
      if (!stdout.includes(`\n  ${option} `)) throw new Mismatch(option, stdout);
    }
  });

  for (const [title, args, says] of refused) {
    test(`${program}: ${title}: one line on standard error, and exit code 1 or 2`, async ({run}) => {
      checkRefusal(await run(program, ...args), says);
    });
  }

  test(`${program}: a port in use: one line that names it, and exit code 1 or 2`, async ({start, run, connect}) => {
    const server = await start();
    checkRefusal(await run(program, '--port', `${server.port}`), new RegExp(server.port));
    await (await connect({server})).settle();
  });

  test(`${program}: SIGTERM right after the start ends it with 0`, async ({startProgram}) => {
    const server = await startProgram(program);
    server.signal('SIGTERM');
    check({code: 0, signal: null}, await server.exitWithin(5_000));
    check([`listening on ${server.url}\n`, ''], [server.stdout, server.stderr]);
  });
}

test('chat: a folder without a page: one line that names it', async ({run}) => {
  checkRefusal(await run('chat', '--port', '0', '--www', '/nonexistent'), /\/nonexistent/);
  checkRefusal(await run('chat', '--www'), /--www/);
});

test('an unreadable key: one line, and exit code 1 or 2', async ({run}) => {
  checkRefusal(await run('reference', '--port', '0', '--cert', '/nonexistent/cert', '--key', '/nonexistent/key'), /./);
});

test('port 0 selects a free port, and prints it', async ({start, connect}) => {
  const [one, other] = [await start(), await start()];
  if (one.port === other.port || one.port === 0) throw new Mismatch('two ports', [one.port, other.port]);
  for (const server of [one, other]) {
    check(`listening on ${server.url}\n`, server.stdout);
    await (await connect({server})).settle();
  }
});

test('the last of two values counts, and the given port is the one', async ({start, connect}) => {
  const first = await start();
  first.signal('SIGTERM');
  await first.exitWithin(5_000);
  const server = await start('--port', `${first.port}`);
  check(first.port, server.port);
  await (await connect({server})).settle();
});

for (const threads of ['1', '3']) {
  test(`--threads ${threads}: channels on all of them hear each other`, async ({start, connect, room}) => {
    const server = await start('--threads', threads);
    const peers = await Promise.all(Array.from({length: 8}, () => connect({server})));
    for (const peer of peers) await peer.join(room);
    for (const [i, peer] of peers.entries()) {
      await peer.send(['1', null, room, 'shout', {i}]);
      for (const one of peers) await one.expect([null, null, room, 'shout', {i}]);
    }
  });
}

test('limits can be set by the command line, the environment and a file', async (context) => {
  const {start, startWith, connect} = context;
  const folder = mkdtempSync(join(tmpdir(), 'bennu-options-'));
  context.after(() => rmSync(folder, {recursive: true}));
  const file = join(folder, 'options.toml');
  writeFileSync(file, 'max_message_bytes = 1000\nmax_frame_bytes = "1 kB"\n');
  for (const server of [
    await start('--max-message-bytes', '1000', '--max-frame-bytes', '1kB'), await start('--config', file),
    await startWith({env: {BENNU_MAX_MESSAGE_BYTES: '1000', BENNU_MAX_FRAME_BYTES: '1000'}}),
  ]) {
    const peer = await connect({server});
    await peer.settle();
    await peer.sendText(`[null,"1","phoenix","heartbeat",{"x":"${'x'.repeat(1000)}"}]`);
    await peer.expectClose(1009);
  }
});

test('an option that is nearly one is told, and a file\'s mistake with its line and column', async (context) => {
  const {run} = context;
  checkRefusal(await run('reference', '--max-conections', '5'), /--max-conections.*did you mean --max-connections/);
  const folder = mkdtempSync(join(tmpdir(), 'bennu-options-'));
  context.after(() => rmSync(folder, {recursive: true}));
  const file = join(folder, 'options.toml');
  writeFileSync(file, 'port = 0\nmax_conections = 5\n');
  checkRefusal(await run('reference', '--config', file), /options\.toml:2:1: .*max_conections.*did you mean max_connections/);
  writeFileSync(file, 'port = "http"\n');
  checkRefusal(await run('reference', '--config', file), /options\.toml:1:8: .*http/);
});

test('print-config prints the values in effect with their sources, and check-config checks them', async ({run}) => {
  const printed = await run('reference', 'print-config', '--port', '4001', '--redis', 'redis://:secret@localhost',
    '--node', 'a');
  check([0, ''], [printed.code, printed.stderr]);
  for (const line of ['port = 4001  # --port', 'redis = "***"  # --redis', 'max_nodes = 256  # default']) {
    if (!printed.stdout.includes(`${line}\n`)) throw new Mismatch(line, printed.stdout);
  }
  check(0, (await run('reference', 'check-config')).code);
  checkRefusal(await run('reference', 'check-config', '--port', 'x'), /--port/);
});

test('an origin that is allowed by an option may connect, another may not', async ({startProgram, upgrade}) => {
  const server = await startProgram('chat', '--origin', 'https://chat.example.com');
  const ask = async (origin) =>
    (await upgrade({server, query: 'vsn=2.0.0&name=Ana', headers: {Origin: origin}})).status;
  check([101, 403], [await ask('https://chat.example.com'), await ask('https://example.com')]);
});
