import os from 'node:os';

/**
 * How much longer than on an idle machine everything may take, and how much longer what has to outlast something else
 * does take. A run decides that once, before its cases are read: it follows how busy the machine is.
 */
export const time = {scale: Math.min(10, Math.max(1, os.loadavg()[0] / os.cpus().length))};

/** So many milliseconds on an idle machine, more on a busy one. */
export const scaled = (ms) => Math.round(ms * time.scale);
