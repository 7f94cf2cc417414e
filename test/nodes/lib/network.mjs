// Machines that are connected by two networks: one that clients use, and one that nodes use among each other. Each machine
// is a network namespace; the test itself is connected to the first.
import {execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {writeFileSync} from 'node:fs';
import {after} from 'node:test';
import {fileURLToPath} from 'node:url';

const run = (command) => execFileSync('sh', ['-ec', command], {stdio: ['ignore', 'ignore', 'inherit']});

const networks = {clients: '10.77.0', nodes: '10.78.0'};
const testsNumber = 254;

let machines = 0;

/** Makes both networks. To be called once, before the first machine. */
export function makeNetworks() {
  for (const [name, prefix] of Object.entries(networks)) {
    run(`ip link add ${name} type bridge && ip link set ${name} up`);
    if (name === 'clients') run(`ip addr add ${prefix}.${testsNumber}/24 dev ${name}`);
  }
}

/** A machine with an address in each network. */
export class Machine {
  constructor() {
    this.number = ++machines;
    this.name = `m${this.number}`;
    run(`ip netns add ${this.name} && ip -n ${this.name} link set lo up`);
    for (const [network, prefix] of Object.entries(networks)) {
      const cable = this.cable(network);
      run(`ip link add ${cable} type veth peer name ${network} netns ${this.name}
           ip link set ${cable} master ${network} up
           ip -n ${this.name} addr add ${prefix}.${this.number}/24 dev ${network}
           ip -n ${this.name} link set ${network} up`);
    }
  }

  cable(network) {
    return `${network}${this.number}`;
  }

  /** The address by which clients reach it. */
  get host() {
    return `${networks.clients}.${this.number}`;
  }

  /** The address by which other nodes reach it. */
  get nodeHost() {
    return `${networks.nodes}.${this.number}`;
  }

  /** Pulls the cable to the other nodes, and puts it back. */
  cut() {
    run(`ip link set ${this.cable('nodes')} down`);
  }

  heal() {
    run(`ip link set ${this.cable('nodes')} up`);
  }

  /** The words of a command that runs on this machine. */
  command(...words) {
    return ['ip', 'netns', 'exec', this.name, ...words];
  }
}

const switchProgram = fileURLToPath(new URL('delayed_switch.py', import.meta.url));

/**
 * Connects machines by a switch that delays the packets between nodes.
 * @returns a function that ends it: then they are connected no more
 */
export async function delayBetween(machines, roundTripMs) {
  for (const machine of machines) {
    run(`ip link set ${machine.cable('nodes')} nomaster
         ip netns exec ${machine.name} python3 ${switchProgram} --offload-off nodes`);
  }
  const cables = machines.map((machine) => machine.cable('nodes'));
  const child = spawn('python3', [switchProgram, `${roundTripMs / 2}`, ...cables], {stdio: ['ignore', 'pipe', 'inherit']});
  const end = () => child.kill();
  after(end);
  await once(child.stdout, 'data');
  return end;
}

/** Makes a name stand for many addresses, for the tests and all machines; `file` takes the place of /etc/hosts. */
export function nameAddresses(name, addresses, file) {
  writeFileSync(file, ['127.0.0.1 localhost', ...addresses.map((address) => `${address} ${name}`), ''].join('\n'));
  run(`mount --bind ${file} /etc/hosts`);
}
