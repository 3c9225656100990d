// Ports of this machine that nobody listens on, for servers that tests start.
//   node tools/free-port.mjs          prints one
// They lie below the ports that the system hands to outgoing connections: a client that calls a port of those while its server is
// not up yet can be handed that very port for its own end, is then connected to itself, and the server can never listen there.

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { pathToFileURL } from 'node:url';

// Above the last of the ports to which browsers make no connection (10080; WHATWG Fetch, “bad port”).
const lowest = 10_081;

/** The first port of those for outgoing connections: the system's own word, where it gives one, else what IANA says. */
function firstOutgoing() {
  try {
    return Number(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split(/\s+/)[0]);
  } catch {
    return 49_152;
  }
}

/** Listens on a port for a moment: whether that could be done. */
async function free(port) {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    await new Promise((closed) => server.close(closed));
  }
}

/** So many free ports, no two the same. */
export async function freePorts(count) {
  const end = firstOutgoing();
  const found = new Set();
  for (let tries = 0; tries < 1000; tries += 1) {
    if (found.size === count) return [...found];
    const port = lowest + Math.floor(Math.random() * (end - lowest));
    if (!found.has(port) && (await free(port))) found.add(port);
  }
  throw new Error(`no ${count} free ports between ${lowest} and ${end}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) console.log((await freePorts(1))[0]);
