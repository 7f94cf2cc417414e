// TLS of the servers and of the clients that connect to them. A run decides once, for all cases, if it is used.
import {execFileSync, spawnSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import tls from 'node:tls';
import {fileURLToPath} from 'node:url';

const madeBefore = 'BENNU_TEST_CERTIFICATES';
let folder = process.env[madeBefore] ?? null;
let on = false;

/** The path of one of the files that test/certificates/make makes; they are there until this process ends. */
export function certificate(name) {
  if (folder === null) {
    folder = mkdtempSync(join(tmpdir(), 'bennu-certificates-'));
    process.on('exit', () => rmSync(folder, {recursive: true}));
    execFileSync(fileURLToPath(new URL('../../certificates/make', import.meta.url)), [folder], {stdio: 'ignore'});
  }
  return join(folder, name);
}

/**
 * From now on servers are started with TLS, and every client of this process trusts them. Whom it trusts, node asks when
 * a process begins: so the program is run once more.
 *
 * @returns the exit code of that run, or null in that run itself
 */
export function startWithTls() {
  on = true;
  if (process.env[madeBefore]) return null;
  const env = {...process.env, NODE_EXTRA_CA_CERTS: certificate('ca.pem'), [madeBefore]: folder};
  return spawnSync(process.execPath, process.argv.slice(1), {env, stdio: 'inherit'}).status ?? 1;
}

/** The arguments of a server for TLS; none without TLS. */
export const tlsFiles = () => (on ? [certificate('server.pem'), certificate('server_key.pem')] : []);

export function tlsOptions() {
  const [cert, key] = tlsFiles();
  return cert ? ['--cert', cert, '--key', key] : [];
}

/** Speaks TLS on a connected socket; the options are those of node's tls.connect. */
export function encrypt(socket, host, options = {}) {
  return tls.connect({socket, host, ca: readFileSync(certificate('ca.pem')), ALPNProtocols: ['http/1.1'], ...options});
}
