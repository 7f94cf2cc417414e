// Compares received values with expected ones.

/** Stands for every value that `accepts` takes. */
export class Pattern {
  constructor(says, accepts) {
    this.says = says;
    this.accepts = accepts;
  }
}

export const anything = new Pattern('anything', () => true);
export const someText = new Pattern('some text', (value) => typeof value === 'string' && value !== '');

/** Stands for any of these values or patterns. */
export function oneOf(...options) {
  return new Pattern(options.map((option) => show(option)).join(' or '),
    (value) => options.some((o) => matches(o, value)));
}

/** The expected and the actual value of a case. */
export class Mismatch extends Error {
  constructor(expected, got, about = '') {
    super(`${about ? `${about}: ` : ''}expected ${show(expected)}, got ${show(got)}`);
  }
}

/** True if `got` matches `expected`, key by key, with patterns at any place. */
export function matches(expected, got) {
  if (expected instanceof Pattern) return expected.accepts(got);
  if (Buffer.isBuffer(expected)) return Buffer.isBuffer(got) && expected.equals(got);
  if (typeof expected !== 'object' || expected === null) return Object.is(expected, got);
  if (typeof got !== 'object' || got === null || Buffer.isBuffer(got)) return false;
  if (Array.isArray(expected) !== Array.isArray(got)) return false;
  const keys = Object.keys(expected);
  return keys.length === Object.keys(got).length && keys.every((key) => Object.hasOwn(got,
    key) && matches(expected[key], got[key]));
}

/** Throws a Mismatch if `got` does not match the expected value. */
export function check(expected, got, about) {
  if (!matches(expected, got)) throw new Mismatch(expected, got, about);
}

/** A value for people to read. */
export function show(value, limit = 300) {
  const text = typeof value === 'string' ? value : JSON.stringify(value, readable) ?? String(value);
  return text.length > limit ? `${text.slice(0, limit)}… (${text.length} characters)` : text;
}

// JSON.stringify passes buffers in the form of their toJSON.
function readable(_key, value) {
  if (value instanceof Pattern) return `<${value.says}>`;
  if (value?.type === 'Buffer') return `${value.data.length} bytes: ${Buffer.from(value.data).toString('latin1')}`;
  return value;
}
