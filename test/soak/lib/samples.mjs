// The server's use of resources over time, and its growth.

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

/** The shortest run for which memory is judged. */
const leastSecondsForGrowth = 120;

export class Samples {
  all = [];

  constructor(server, everyMs = 1000) {
    this.server = server;
    this.began = Date.now();
    this.timer = setInterval(() => this.take(), everyMs);
  }

  take() {
    if (!this.server.isRunning) return;
    this.all.push({second: (Date.now() - this.began) / 1000, ...this.server.usage()});
  }

  stop() {
    clearInterval(this.timer);
  }

  get seconds() {
    return this.all.at(-1)?.second ?? 0;
  }

  /** The server's share of a core. */
  get load() {
    return this.all.at(-1).cpu / this.seconds;
  }

  /**
   * Memory in the second and in the last fifth of the run, in MB: the first fifth warms up. Nothing if the run was
   * too short.
   */
  growth() {
    if (this.seconds < leastSecondsForGrowth) return null;
    const part = (from, to) => median(this.all.filter(({second}) =>
      second >= from * this.seconds && second < to * this.seconds).map(({memory}) => memory));
    return {
      early: part(0.2, 0.4), late: part(0.8, 1.01), peak: Math.max(...this.all.map(({memory}) => memory)),
      fifths: [0, 0.2, 0.4, 0.6, 0.8].map((from) => part(from, from + 0.21)),
    };
  }
}
