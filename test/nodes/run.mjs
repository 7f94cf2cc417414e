// Runs suites, each in a network of its own: node run.mjs [OPTION OF node --test...] SUITE...
//
// Suites change the network: machines appear and vanish, and cables are cut. They do so in a network namespace of their
// own, and their processes live in a process namespace of their own, so nothing is left of either, however this ends.
// The namespaces need root, or a kernel that lets users be root in a namespace. Otherwise this reports it and exits
// with 77, which ctest shows as skipped; on a server that tests each change, where CI is set, it fails.
import {spawnSync} from 'node:child_process';

const skipped = 77;
const asRoot = process.getuid() === 0 ? [] : ['--map-root-user'];
// setpriv makes unshare end with this process, even if this process is killed; all that unshare started ends too.
const unshare = (...command) => spawnSync('setpriv', ['--pdeathsig', 'KILL', 'unshare', '--net', '--mount', '--pid', '--fork',
  '--kill-child', '--mount-proc', ...asRoot, ...command], {stdio: 'inherit'});

if (unshare('ip', '-V').status !== 0) {
  console.log('SKIPPED: these tests need network namespaces: run them as root, and install iproute2.');
  process.exit(process.env.CI ? 1 : skipped);
}
// ip keeps the names of namespaces in /run.
const inside = 'mount -t tmpfs tmpfs /run && ip link set lo up && exec "$@"';
const isOption = (word) => word.startsWith('-');
const words = process.argv.slice(2);
let failed = false;
for (const suite of words.filter((word) => !isOption(word))) {
  const {status, signal} = unshare('sh', '-c', inside, 'sh', process.execPath, '--test', ...words.filter(isOption), suite);
  if (signal) console.log(`${suite} was ended by ${signal}`);
  failed ||= status !== 0;
}
process.exit(failed ? 1 : 0);
