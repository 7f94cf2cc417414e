import os from 'node:os';

/**
 * How much longer than on an idle, fast machine everything may take, and how much longer what has to outlast something else
 * does take. A run decides that once, before its cases are read: it follows how busy the machine is, and may get yet.
 */
export const time = {scale: Math.min(10, Math.max(2, os.loadavg()[0] / os.cpus().length))};

/** This number of milliseconds on an idle, fast machine, and more on others. */
export const scaled = (ms) => Math.round(ms * time.scale);
