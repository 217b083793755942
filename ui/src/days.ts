/** A day is the number of days since 1970-01-01 UTC: the only kind of time in a card or at the server. */

const milliseconds = 86_400_000;

/** today is the day by this device's clock. The server's clock is never asked: a frozen one must not revive a dead card. */
export function today(now: number = Date.now()): number {
  return Math.floor(now / milliseconds);
}

/** The last day that has a date: servers can name any. */
const last = 100_000_000;

/** dateOf returns midnight UTC at the beginning of the day. Show it with the time zone UTC. */
export function dateOf(day: number): Date {
  return new Date(Math.min(day, last) * milliseconds);
}
