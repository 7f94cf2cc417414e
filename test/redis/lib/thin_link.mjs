// A TCP proxy with a limit for the bytes a second, in each direction, of all its connections together.
import net from 'node:net';

const stepMs = 20;

export class ThinLink {
  /** @param port the port that the proxy connects to @param bytesASecond in each direction */
  constructor(port, bytesASecond) {
    Object.assign(this, {port, bytesASecond, pipes: new Set(), server: null, timer: null});
  }

  /** @returns the port to connect to */
  async start() {
    this.server = net.createServer((near) => {
      const far = net.connect(this.port, '127.0.0.1');
      for (const [from, to, direction] of [[near, far, 'up'], [far, near, 'down']]) {
        const pipe = {from, to, direction};
        this.pipes.add(pipe);
        from.on('readable', () => {});  // has node read ahead, up to its own limit
        from.on('error', () => {});
        from.on('close', () => {
          this.pipes.delete(pipe);
          to.destroy();
        });
      }
    });
    await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.timer = setInterval(() => this.#forward(), stepMs);
    return this.server.address().port;
  }

  /** Shares a step's bytes among the connections that have some. */
  #forward() {
    for (const direction of ['up', 'down']) {
      let left = Math.ceil(this.bytesASecond * stepMs / 1000);
      const ready = [...this.pipes].filter((pipe) => pipe.direction === direction && pipe.from.readableLength > 0);
      for (const [i, {from, to}] of ready.entries()) {
        const chunk = from.read(Math.min(from.readableLength, Math.ceil(left / (ready.length - i))));
        if (chunk === null) continue;
        to.write(chunk);
        left -= chunk.length;
      }
    }
  }

  stop() {
    clearInterval(this.timer);
    this.server?.close();
    for (const {from} of this.pipes) from.destroy();
  }
}
