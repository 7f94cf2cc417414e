/** Random numbers that are the same for the same seed (mulberry32). */
export class Random {
  constructor(seed) {
    this.state = seed >>> 0;
  }

  /** At least 0, below 1. */
  next() {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number below n. */
  below(n) {
    return Math.floor(this.next() * n);
  }

  of(list) {
    return list[this.below(list.length)];
  }

  chance(share) {
    return this.next() < share;
  }

  /** The time until the next of random events with this average distance in milliseconds. */
  pause(meanMs) {
    return -Math.log(1 - this.next()) * meanMs;
  }

  /** Picks by weight from [[weight, value], ...]. */
  weighted(list) {
    let left = this.next() * list.reduce((sum, [weight]) => sum + weight, 0);
    return (list.find(([weight]) => (left -= weight) < 0) ?? list.at(-1))[1];
  }

  /** An independent source of numbers, so that the speed of one client does not change the numbers of another. */
  fork() {
    return new Random(this.below(2 ** 32));
  }
}
