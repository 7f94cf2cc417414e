// Starts one of Bennu's programs for a test, on a free port, and stops it.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';

const bin = process.env.BENNU_BIN ?? fileURLToPath(new URL('../../build/release/bin', import.meta.url));
const startLimitMs = 10_000;
const stopLimitMs = 15_000;

/** The URL in the line that a program prints when it accepts connections. */
async function listeningUrl(child) {
  for await (const line of createInterface({input: child.stdout})) {
    const match = /^listening on (http\S+)$/.exec(line);
    if (match) return match[1];
  }
  return null;
}

/**
 * Starts `name` with `args`, and waits until it accepts connections.
 *
 * @returns {Promise<{url: string, child: import('node:child_process').ChildProcess, stop: () => Promise<void>}>}
 *   `stop` asks the program to end, as a supervisor would, and rejects if it does not end cleanly; a second call waits
 *   for the first. What the program writes to standard error goes to the test's.
 */
export async function startProgram(name, ...args) {
  const child = spawn(join(bin, name), ['--port', '0', ...args], {stdio: ['ignore', 'pipe', 'inherit']});
  const ended = once(child, 'exit');  // rejects if it could not be started
  const timer = setTimeout(() => child.kill('SIGKILL'), startLimitMs);
  const url = await Promise.race([listeningUrl(child), ended.then(() => null)]);
  clearTimeout(timer);
  if (url === null) {
    child.kill('SIGKILL');
    const [code, signal] = await ended;
    throw new Error(`${name} did not say that it listens; it ended with ${signal ?? `exit code ${code}`}`);
  }
  child.stdout.resume();

  const stopOnce = async () => {
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), stopLimitMs);
    const [code, signal] = await ended;
    clearTimeout(late);
    if (code !== 0) throw new Error(`${name} was asked to stop; it ended with ${signal ?? `exit code ${code}`}`);
  };
  let stopping = null;
  return {url, child, stop: () => (stopping ??= stopOnce())};
}
