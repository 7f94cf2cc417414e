// The reference server with its HTTP API.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';

const bin = process.env.BENNU_BIN ?? fileURLToPath(new URL('../../build/release/bin', import.meta.url));

/** Starts it. @returns its URL, that of its API, a secret with all scopes, and `stop` */
export async function startServer() {
  const folder = mkdtempSync(join(tmpdir(), 'bennu-api-'));
  const secret = 'a-secret-of-the-test';
  writeFileSync(join(folder, 'keys'), `test ${secret} publish,read,manage\n`, {mode: 0o600});
  const child = spawn(join(bin, 'reference'), ['--port', '0', '--admin-port', '0', '--admin-keys', join(folder, 'keys')],
    {stdio: ['ignore', 'pipe', 'inherit']});
  const ended = once(child, 'exit');
  const urls = [];
  for await (const line of createInterface({input: child.stdout})) {
    urls.push(/^(?:listening|admin) on (\S+)$/.exec(line)[1]);
    if (urls.length === 2) break;
  }
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
    rmSync(folder, {recursive: true});
  };
  if (urls.length < 2) throw new Error('the server did not say where it listens');
  return {url: urls[0], api: urls[1], secret, stop};
}
