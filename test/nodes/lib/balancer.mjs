// A load balancer for the tests: passes each connection to the next node that accepts one.
import net from 'node:net';

/** @returns `{url, close()}` */
export async function startBalancer(nodes) {
  let turn = 0;
  const open = new Set();
  const server = net.createServer((client) => {
    open.add(client);
    client.on('close', () => open.delete(client));
    client.on('error', () => client.destroy());
    const tryNext = (left) => {
      if (left === 0) return client.destroy();
      const {machine} = nodes[turn++ % nodes.length];
      const node = net.connect({host: machine.host, port: 4000});
      node.once('error', () => tryNext(left - 1));
      node.once('connect', () => {
        node.removeAllListeners('error');
        node.on('error', () => client.destroy());
        node.on('close', () => client.destroy());
        client.on('close', () => node.destroy());
        node.pipe(client);
        client.pipe(node);
      });
    };
    tryNext(nodes.length);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    close: () => {
      server.close();
      for (const client of open) client.destroy();
    },
  };
}
