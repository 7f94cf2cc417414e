// The reference server, built with sanitizers, and its figures from /proc.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync, readdirSync} from 'node:fs';

const keptOutput = 256 * 1024;
const complaints = /Sanitizer|runtime error:|terminate called/;

/** The ticks of a second in /proc's times. */
const ticksPerSecond = 100;

export class Server {
  output = '';
  complaint = null;  // the first line of a sanitizer's report
  ended = null;

  static async start(binary) {
    const made = new Server(binary);
    await made.ready;
    return made;
  }

  constructor(binary) {
    const {LSAN_OPTIONS: lsan = ''} = process.env;
    // A small quarantine, or freed memory would look like growth.
    this.child = spawn(binary, ['--port', '0', '--threads', '2', '--log-level', 'warning'], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {...process.env, LSAN_OPTIONS: lsan,
        ASAN_OPTIONS: 'quarantine_size_mb=8:detect_leaks=1', UBSAN_OPTIONS: 'print_stacktrace=1'},
    });
    this.ready = new Promise((resolve, reject) => {
      this.child.stdout.on('data', (bytes) => {
        const match = /^listening on (http\S+)$/m.exec(String(bytes));
        if (!match) return;
        const {hostname, port} = new URL(match[1]);
        Object.assign(this, {url: match[1], host: hostname, port: Number(port)});
        resolve();
      });
      this.child.on('error', reject);
      this.child.on('close', (code, signal) => reject(new Error(`the server ended: ${signal ?? code}\n${this.output}`)));
    });
    this.child.stderr.on('data', (bytes) => {
      const text = String(bytes);
      if (complaints.test(text)) this.complaint ??= text.split('\n').find((line) => complaints.test(line));
      this.output = (this.output + text).slice(-keptOutput);
    });
    this.exit = once(this.child, 'close').then(([code, signal]) => {
      this.ended = {code, signal};
      return this.ended;
    });
  }

  get isRunning() {
    return this.ended === null;
  }

  /** Its use of resources: memory in MB, descriptors, CPU seconds so far. */
  usage() {
    const {pid} = this.child;
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const times = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return {
      memory: Number(/VmRSS:\s+(\d+)/.exec(status)[1]) / 1024,
      descriptors: readdirSync(`/proc/${pid}/fd`).length,
      cpu: (Number(times[11]) + Number(times[12])) / ticksPerSecond,
    };
  }

  /** Its metrics, by name. */
  async metrics() {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    return new Map([...text.matchAll(/^bennu_(\w+) (-?\d+)$/gm)].map(([, name, value]) => [name, Number(value)]));
  }

  async stop() {
    this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), 120_000);
    const ended = await this.exit;
    clearTimeout(timer);
    return ended;
  }
}
