// Debian's nginx with its own configuration, and one file of ours in conf.d.
import {execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {copyFileSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

import {eventually} from '../../nodes/lib/eventually.mjs';

const folder = process.env.TEST_FOLDER;
const run = (command) => execFileSync('sh', ['-ec', command], {stdio: ['ignore', 'ignore', 'inherit']});

/** Puts a copy of /etc/nginx in its place, with the page's configuration; only this namespace sees it. */
export function configureNginx(chatConf) {
  const copy = join(folder, 'nginx');
  run(`cp -a /etc/nginx ${copy} && mount --bind ${copy} /etc/nginx && mount -t tmpfs tmpfs /var/log/nginx`);
  writeFileSync('/etc/nginx/conf.d/chat.conf', chatConf);
  copyFileSync(join(folder, 'server.pem'), '/etc/nginx/chat.pem');
  copyFileSync(join(folder, 'server_key.pem'), '/etc/nginx/chat.key');
  // In a namespace of an ordinary user there are no other users.
  const main = readFileSync('/etc/nginx/nginx.conf', 'utf8');
  writeFileSync('/etc/nginx/nginx.conf', main.replace('user www-data;', 'user root;'));
}

/** @returns a function that ends it */
export async function startNginx() {
  const child = spawn('nginx', ['-g', 'daemon off;'], {stdio: 'inherit'});
  process.on('exit', () => child.kill('SIGKILL'));
  await eventually('nginx answers', async () => {
    if (child.exitCode !== null) throw new Error('it has ended');
    const answer = await fetch('https://localhost/');
    await answer.arrayBuffer();
    return true;
  });
  return async () => {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  };
}
