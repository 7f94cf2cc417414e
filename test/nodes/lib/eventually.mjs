const stepMs = 25;
/** Far more than anything takes, on a machine that has much else to do. */
export const eventualMs = 60_000;

/** The result of a promise; rejects if that takes too long. */
export async function inTime(description, promise, limitMs = eventualMs) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${limitMs} ms in vain for ${description}`)), limitMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Waits until `holds()` is true. It may throw meanwhile. If it never is, the last exception is part of the error. */
export async function eventually(description, holds, limitMs = eventualMs) {
  const until = Date.now() + limitMs;
  let last = '';
  for (;;) {
    try {
      if (await inTime(description, holds(), limitMs)) return;
    } catch (error) {
      last = `: ${error.message}`;
    }
    if (Date.now() > until) throw new Error(`waited ${limitMs} ms in vain until ${description}${last}`);
    await new Promise((resolve) => setTimeout(resolve, stepMs));
  }
}
