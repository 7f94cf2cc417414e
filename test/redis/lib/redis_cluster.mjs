// A Redis Cluster of three servers for the tests.
import {execFileSync} from 'node:child_process';

import {eventually} from '../../nodes/lib/eventually.mjs';
import {Redis, freePort} from './redis.mjs';

export class RedisCluster {
  constructor() {
    this.members = [new Redis(), new Redis(), new Redis()];
  }

  async start() {
    for (const member of this.members) {
      await member.start(['--cluster-enabled', 'yes', '--cluster-port', `${await freePort()}`,
        '--cluster-node-timeout', '2000']);
    }
    const addresses = this.members.map(({port}) => `127.0.0.1:${port}`);
    execFileSync('redis-cli', ['--cluster', 'create', ...addresses, '--cluster-yes'], {stdio: 'pipe'});
    await eventually('the members know each other', async () => {
      const states = await Promise.all(this.members.map((member) => member.command('CLUSTER', 'INFO')));
      return states.every((text) => /cluster_state:ok/.test(text) && /cluster_known_nodes:3/.test(text));
    });
    return this;
  }

  async remove() {
    await Promise.all(this.members.map((member) => member.remove()));
  }
}
