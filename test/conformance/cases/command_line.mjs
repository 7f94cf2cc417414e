import {area} from '../lib/cases.mjs';
import {Mismatch, check} from '../lib/matching.mjs';

const test = area('command line', 'The options of the reference server, and what it says where it cannot start',
  {ownServers: true});

test('--help prints the options and exits 0', async ({runReference}) => {
  const {code, stdout, stderr} = await runReference('--help');
  check([0, ''], [code, stderr]);
  for (const option of ['--host', '--port', '--threads',
    '--help']) if (!stdout.includes(option)) throw new Mismatch(option, stdout);
});

const refused = [
  ['an unknown option', ['--nonsense'], /--nonsense/], ['an argument that is no option', ['nonsense'], /nonsense/],
  ['an option without its value', ['--port'], /--port/],
  ['a port that is no number', ['--port', 'http'], /--port.*http/],
  ['a port that is too large', ['--port', '65536'], /--port.*65536/],
  ['a negative port', ['--port', '-1'], /--port.*-1/],
  ['a port with something after it', ['--port', '80x'], /--port.*80x/],
  ['a port that is empty', ['--port', ''], /--port/],
  ['threads that are no number', ['--threads', 'many'], /--threads.*many/],
  ['an address that is none', ['--port', '0', '--host', 'nonsense'], /nonsense/],
  ['an address that is not of this machine', ['--port', '0', '--host', '192.0.2.1'], /192\.0\.2\.1/],
];

for (const [what, args, says] of refused) {
  test(`${what}: one line on standard error, and exit code 1 or 2`, async ({runReference}) => {
    const {code, signal, stdout, stderr} = await runReference(...args);
    if (signal !== null || ![1, 2].includes(code)) throw new Mismatch('exit code 1 or 2', {code, signal});
    check('', stdout);
    const lines = stderr.trimEnd().split('\n');
    if (lines.length !== 1 || !says.test(lines[0])) throw new Mismatch(`one line like ${says}`, stderr);
  });
}

test('a port in use: one line that names it, and exit code 1 or 2', async ({start, runReference, connect}) => {
  const server = await start();
  const {code, stdout, stderr} = await runReference('--port', `${server.port}`);
  if (![1, 2].includes(code)) throw new Mismatch('exit code 1 or 2', code);
  check(['', 1], [stdout, stderr.trimEnd().split('\n').length]);
  if (!stderr.includes(`${server.port}`)) throw new Mismatch(`a line with ${server.port}`, stderr);
  await (await connect({server})).settle();
});

test('an unreadable key: one line, and exit code 1 or 2', async ({runReference}) => {
  const {code, stdout, stderr} = await runReference('--port', '0', '--cert', '/nonexistent/cert', '--key',
    '/nonexistent/key');
  if (![1, 2].includes(code)) throw new Mismatch('exit code 1 or 2', code);
  check(['', 1], [stdout, stderr.trimEnd().split('\n').length]);
});

test('port 0 picks a free port, and says which', async ({start, connect}) => {
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
