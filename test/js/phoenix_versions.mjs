// The versions of the official client that the module is tested with, as npm aliases in package.json.
import {webcrypto} from 'node:crypto';
import {createRequire} from 'node:module';

globalThis.crypto ??= webcrypto;  // node 18

const require = createRequire(import.meta.url);

export const versions = ['1.5.14', '1.6.16', '1.7.21', '1.8.4', '1.8.12', '1.8.16'].map((name) => ({
  name,
  ...require(name === '1.8.16' ? 'phoenix' : `phoenix-${name}`),
}));
export const current = versions.at(-1);
