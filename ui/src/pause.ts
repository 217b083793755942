/**
 * pause lets the page answer its reader before a long computation goes on. It
 * is a message, not a timer: timers run once a second in a tab that is not in
 * front.
 */
export function pause(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
