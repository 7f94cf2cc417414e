// Runs a suite in a network of its own, where all ports are free, and with folders of its own: node run.mjs SUITE
//
// Only the suite sees its changes to /etc/nginx and the like, and they end with it. This needs root, or a kernel that lets
// users be root in a namespace. Otherwise the script reports it and exits with 77, which ctest shows as skipped.
import {execFileSync, spawnSync} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

const skipped = 77;
const asRoot = process.getuid() === 0 ? [] : ['--map-root-user'];
const unshare = (command, options = {}) => spawnSync('unshare', ['--net', '--mount', ...asRoot, ...command], {stdio: 'inherit', ...options});

if (unshare(['ip', '-V']).status !== 0) {
  console.log('SKIPPED: these tests need namespaces: run them as root, and install iproute2.');
  process.exit(skipped);
}
const folder = mkdtempSync(join(tmpdir(), 'bennu-operations-'));
execFileSync(fileURLToPath(new URL('../certificates/make', import.meta.url)), [folder], {stdio: 'ignore'});
const inside = 'mount -t tmpfs tmpfs /run && ip link set lo up && exec "$@"';
const {status, signal} = unshare(['sh', '-c', inside, 'sh', process.execPath, '--test', ...process.argv.slice(2)],
  // Node reads the authorities that it trusts when a process begins.
  {env: {...process.env, NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'), TEST_FOLDER: folder}});
rmSync(folder, {recursive: true});
if (signal) console.log(`ended by ${signal}`);
process.exit(status ?? 1);
