/**
 * Passes the bytes of two connections on to each other, until one ends: then the other is destroyed.
 * @param open a set that contains both until they close
 */
export function relay(client, server, open) {
  for (const [one, other] of [[client, server], [server, client]]) {
    open.add(one);
    one.on('error', () => {});
    one.on('close', () => {
      open.delete(one);
      other.destroy();
    });
    one.pipe(other);
  }
}
