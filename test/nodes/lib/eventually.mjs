const stepMs = 25;

/** Waits until `holds()` is true. It may throw meanwhile; where it never holds, what it threw last is part of the error. */
export async function eventually(what, holds, limitMs = 20_000) {
  const until = Date.now() + limitMs;
  let last = '';
  for (;;) {
    try {
      if (await holds()) return;
    } catch (error) {
      last = `: ${error.message}`;
    }
    if (Date.now() > until) throw new Error(`waited ${limitMs} ms in vain until ${what}${last}`);
    await new Promise((resolve) => setTimeout(resolve, stepMs));
  }
}
