/** Hands bytes to the browser to be saved. */

import { element } from "./dom.ts";

/** How long a browser may take to begin with a file, in milliseconds. */
const patience = 60_000;

const handed = new Set<string>();

/** The name has to be safe already. Browsers save what comes by such an address, and never show it. */
export function handOver(blob: Blob, name: string): void {
  const url = URL.createObjectURL(new Blob([blob], { type: "application/octet-stream" }));
  handed.add(url);
  setTimeout(() => revoke(url), patience);
  const link = element("a", { href: url, download: name, hidden: true });
  document.body.append(link);
  link.click();
  link.remove();
}

/** Makes what was handed over and not yet taken unreachable. */
export function revokeAll(): void {
  handed.forEach(revoke);
}

function revoke(url: string): void {
  URL.revokeObjectURL(url);
  handed.delete(url);
}
