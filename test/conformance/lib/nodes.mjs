// Two nodes, a and b, on this machine.
import {once} from 'node:events';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import net from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

let cookie = null;

/** The file with the nodes' cookie, which is removed when the run ends. */
function cookieFile() {
  if (cookie === null) {
    const folder = mkdtempSync(join(tmpdir(), 'bennu-cookie-'));
    cookie = join(folder, 'cookie');
    writeFileSync(cookie, 'the cookie of nodes in a test\n', {mode: 0o600});
    process.on('exit', () => rmSync(folder, {recursive: true, force: true}));
  }
  return cookie;
}

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const {port} = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** The options of a and of b without their seeds, and the address of each as a seed. */
export async function optionsOfTwoNodes() {
  const ports = [await freePort(), await freePort()];
  return ports.map((port, i) => ({
    options: ['--node', 'ab'[i], '--cluster-host', '127.0.0.1', '--cluster-port', `${port}`,
      '--cookie-file', cookieFile()],
    seed: `127.0.0.1:${port}`,
  }));
}
