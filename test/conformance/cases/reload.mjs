import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

import {area} from '../lib/cases.mjs';
import {eventually} from '../lib/client.mjs';
import {addressOf} from '../lib/context.mjs';
import {Mismatch, check} from '../lib/matching.mjs';
import {startServer} from '../lib/program.mjs';
import {Tcp} from '../lib/tcp.mjs';
import {certificate} from '../lib/tls.mjs';

const test = area('reload', 'SIGHUP reads the file of options again', {ownServers: true});

/** A folder with a file of options that a case rewrites. */
function optionsFile(context, text = '') {
  const folder = mkdtempSync(join(tmpdir(), 'bennu-reload-'));
  context.after(() => rmSync(folder, {recursive: true}));
  const path = join(folder, 'options.toml');
  const write = (...lines) => writeFileSync(path, lines.join('\n'));
  write(text);
  return {folder, path, write};
}

/** A server that has its options for TLS, if any, from its file alone. */
async function start(context, name, ...args) {
  const server = await startServer(name, ['--port', '0', ...args], 2 * context.limitMs);
  context.after(() => server.signal('SIGKILL'));
  return Object.assign(server, addressOf(server.url));
}

/** Sends SIGHUP, and waits until the server has reported the end of the reload. @returns the lines since the signal */
async function reload(server) {
  const before = server.stderr.length;
  const ended = () => /configuration (not )?reloaded/.test(server.stderr.slice(before));
  server.signal('SIGHUP');
  await eventually('a line about the reload', ended);
  return server.stderr.slice(before);
}

function checkLines(log, expected) {
  for (const line of expected) if (!line.test(log)) throw new Mismatch(`a line like ${line}`, log);
}

test('without a file it changes nothing', async (context) => {
  const {connect} = context;
  const server = await start(context, 'reference');
  const peer = await connect({server});
  checkLines(await reload(server), [/reloaded; changed options: 0/]);
  await peer.settle();
  server.signal('SIGTERM');
  check({code: 0, signal: null}, await server.exitWithin(10_000));
});

test('limits of new connections change, and earlier connections keep theirs', async (context) => {
  const {connect} = context;
  const file = optionsFile(context);
  const server = await start(context, 'reference', '--config', file.path);
  const heartbeat = `[null,"1","phoenix","heartbeat",{"x":"${'x'.repeat(2000)}"}]`;
  const answer = [null, '1', 'phoenix', 'phx_reply', {status: 'ok', response: {}}];
  const early = await connect({server});
  await early.settle();
  file.write('max_message_bytes = 1000');
  checkLines(await reload(server), [/options\.toml:1:21: max_message_bytes is now 1000$/m, /reloaded; changed options: 1/]);
  await early.sendText(heartbeat);
  await early.expect(answer);
  const late = await connect({server});
  await late.settle();
  await late.sendText(heartbeat);
  await late.expectClose(1009);
  file.write('');
  checkLines(await reload(server), [/max_message_bytes is now 2097152$/m]);
  const last = await connect({server});
  await last.sendText(heartbeat);
  await last.expect(answer);
});

test('the number of connections is limited anew', async (context) => {
  const {connect} = context;
  const file = optionsFile(context);
  const server = await start(context, 'reference', '--config', file.path);
  const first = await connect({server});
  await first.settle();
  file.write('max_connections = 1');
  await reload(server);
  const refused = await Tcp.open(server);
  context.after(() => refused.drop());
  await refused.ended(8_000);
  await first.settle();
  file.write('max_connections = 2');
  await reload(server);
  await (await connect({server})).settle();
});

test('origins change', async (context) => {
  const {upgrade} = context;
  const file = optionsFile(context, 'origin = ["https://one.example"]');
  const server = await start(context, 'chat', '--config', file.path);
  const ask = async (origin) =>
    (await upgrade({server, query: 'vsn=2.0.0&name=Ana', headers: {Origin: origin}})).status;
  check([101, 403], [await ask('https://one.example'), await ask('https://two.example')]);
  file.write('origin = ["https://two.example"]');
  checkLines(await reload(server), [/origin is now https:\/\/two\.example$/m]);
  check([403, 101], [await ask('https://one.example'), await ask('https://two.example')]);
});

test('the level of the log changes', async (context) => {
  const {connect} = context;
  const file = optionsFile(context);
  const server = await start(context, 'reference', '--config', file.path);
  file.write('log_level = "debug"');
  await reload(server);
  const peer = await connect({server});
  await peer.join(context.room);
  await eventually('a line about the join', () => server.stderr.includes(context.room));
});

test('a certificate at another path is used for new connections', async (context) => {
  const file = optionsFile(context);
  const use = (name) => file.write(`cert = "${certificate(`${name}.pem`)}"`, `key = "${certificate(`${name}_key.pem`)}"`);
  use('server');
  const server = await start(context, 'reference', '--config', file.path);
  const nameOf = async () => {
    const tcp = await Tcp.open(server);
    const {CN} = tcp.socket.getPeerCertificate().subject;
    tcp.drop();
    return CN;
  };
  check('server', await nameOf());
  use('other_server');
  checkLines(await reload(server), [/cert is now .*other_server\.pem$/m, /key is now .*other_server_key\.pem$/m]);
  check('other_server', await nameOf());
});

test('each changed option that needs a restart is named', async (context) => {
  const file = optionsFile(context, 'max_nodes = 7');
  const server = await start(context, 'chat', '--config', file.path);
  file.write('port = 4001', 'threads = 3', 'www = "/elsewhere"', 'max_channels_per_socket = 9');
  const log = await reload(server);
  checkLines(log, [
    /options\.toml:2:11: threads is now 3; the server keeps 0 until it is restarted/,
    /options\.toml:3:7: www is now \/elsewhere; the server keeps not set until it is restarted/,
    / max_nodes is now 256; the server keeps 7 until it is restarted/,
    /options\.toml:4:27: max_channels_per_socket is now 9$/m, /reloaded; changed options: 1/,
  ]);
  if (/port is now/.test(log)) throw new Mismatch('nothing about the port, which the command line gives', log);
  checkLines(await reload(server), [/threads is now 3; the server keeps 0/, /reloaded; changed options: 0/]);
});

test('a secret is not shown', async (context) => {
  const file = optionsFile(context, 'redis = "redis://:first@127.0.0.1:1"\nnode = "a"\nnode_join_timeout = 1');
  const server = await start(context, 'reference', '--config', file.path);
  file.write('redis = "redis://:second@127.0.0.1:1"', 'node = "a"', 'node_join_timeout = 1');
  const log = await reload(server);
  checkLines(log, [/redis has changed; the server keeps the earlier value until it is restarted/]);
  if (/first|second/.test(log)) throw new Mismatch('no secret', log);
});

const faulty = [
  ['an unknown option', ['max_connections = 1', 'prot = 1'], /options\.toml:2:1: unknown option "prot" \(did you mean port\?\)/],
  ['a wrong value', ['max_connections = 1', 'log_level = "loud"'], /options\.toml:2:13: log_level: takes/],
  ['text that is no TOML', ['max_connections = 1', 'port = '], /options\.toml:2:\d+: /],
  ['options that contradict each other', ['max_connections = 1', 'cert = "a.pem"'], /--cert and --key/],
  ['a certificate that cannot be read', ['max_connections = 1', 'cert = "/nonexistent"', 'key = "/nonexistent"'],
    /cannot use the certificate \/nonexistent/, true],
];
for (const [fault, lines, says, tls] of faulty) {
  test(`a file with ${fault} changes nothing, and the log names the place`, async (context) => {
    const {connect} = context;
    const file = optionsFile(context);
    const good = tls ? [`cert = "${certificate('server.pem')}"`, `key = "${certificate('server_key.pem')}"`] : [];
    file.write(...good);
    const server = await start(context, 'reference', '--config', file.path);
    file.write(...lines);
    checkLines(await reload(server), [says, /configuration not reloaded/]);
    const peers = [await connect({server}), await connect({server})];
    for (const peer of peers) await peer.settle();
    file.write(...good, 'max_connections = 2');
    checkLines(await reload(server), [/reloaded; changed options: 1/]);
    for (const peer of peers) await peer.settle();
  });
}

test('a file that is gone changes nothing', async (context) => {
  const file = optionsFile(context);
  const server = await start(context, 'reference', '--config', file.path);
  rmSync(file.path);
  checkLines(await reload(server), [/configuration not reloaded.*cannot read the file of options/]);
  await (await context.connect({server})).settle();
});
