import assert from "node:assert/strict";
import { test } from "node:test";
import { TransomError } from "../src/errors.ts";
import { formatCode, formatLink, parseLink, parseOrigin } from "../src/link.ts";
import { Chance } from "./chance.ts";

function codeOf(text: string): string {
  try {
    parseLink(text);
  } catch (error) {
    assert.ok(error instanceof TransomError);
    assert.equal(error.sent, "nothing");
    return error.code;
  }
  return "ok";
}

test("a code says what it was made of, and any one or two wrong characters are noticed", (t) => {
  const chance = new Chance();
  t.diagnostic(`SEED=${chance.seed}`);
  for (let i = 0; i < 50; i++) {
    const link = { secret: chance.bytes(16), mailbox: chance.bytes(16) };
    const code = formatCode(link);
    assert.equal(code.length, 64);
    assert.deepEqual(parseLink(code), link);
    assert.deepEqual(parseLink(`  ${code.toUpperCase()}\n`), link);
    const whole = { origin: "https://drop.example.org", ...link };
    assert.deepEqual(parseLink(formatLink(whole)), whole);
    for (let at = 5; at < 64; at++) {
      const letters = [...code];
      for (const where of chance.pick([[at], [at, 5 + chance.below(59)]])) {
        letters[where] = chance.pick([..."qpzry9x8gf2tvdw0s3jn54khce6mua7l"].filter((c) => c !== code[where]));
      }
      assert.equal(codeOf(letters.join("")), "link/checksum", `${code} and ${letters.join("")}`);
    }
  }
});

test("the code is judged before the origin", () => {
  const code = formatCode({ secret: new Uint8Array(16), mailbox: new Uint8Array(16) });
  assert.equal(codeOf(`ftp://x/#${code}`), "link/origin");
  assert.equal(codeOf(`ftp://x/#${code}x`), "link/checksum");
  assert.equal(codeOf(`https://a.example/#${code}#${code}`), "link/checksum");
});

const origins: Record<string, string> = {
  "https://drop.example.org": "https://drop.example.org",
  "https://drop.example.org/": "https://drop.example.org",
  "HTTPS://Drop.Example.ORG:443": "https://drop.example.org",
  "https://drop.example.org:8443": "https://drop.example.org:8443",
  "https://xn--bcher-kva.example": "https://xn--bcher-kva.example",
  "https://192.0.2.1": "https://192.0.2.1",
  "https://[2001:db8::1]:8443": "https://[2001:db8::1]:8443",
  "http://127.0.0.1:8080": "http://127.0.0.1:8080",
  "http://[::1]:8080": "http://[::1]:8080",
  "http://localhost": "http://localhost",
  "http://drop.localhost:80": "http://drop.localhost",
  "http://abcdefghij234567.onion": "http://abcdefghij234567.onion",
};

const noOrigins = [
  "",
  "drop.example.org",
  "//drop.example.org",
  "https:drop.example.org",
  "https:/drop.example.org",
  "https:\\\\drop.example.org",
  "https://",
  "https:///",
  "https://drop.example.org//",
  "https://drop.example.org/x",
  "https://drop.example.org?x",
  "https://a@drop.example.org",
  "https://a:b@drop.example.org",
  "https://drop..example.org",
  "https://drop.example.org.",
  "https://bücher.example",
  "https://drop.example.org:",
  "https://drop.example.org:0",
  "https://drop.example.org:0443",
  "https://drop.example.org:65536",
  "https://127.1",
  "https://0x7f000001",
  "https://2130706433",
  "https://drop.127",
  "https://[::0001]",
  "https://drop%2eexample.org",
  "https://drop\texample.org",
  "http://drop.example.org",
  "http://128.0.0.1",
  "http://127.0.0.1.example.org",
  "http://localhost.example.org",
  "http://onion",
  "http://drop.onion.example.org",
  "ws://127.0.0.1",
  "file://localhost",
];

test("an origin is what a browser would make of it, or is refused", () => {
  for (const [text, origin] of Object.entries(origins)) assert.equal(parseOrigin(text), origin, text);
  for (const text of noOrigins) {
    assert.throws(() => parseOrigin(text), (error) => error instanceof TransomError && error.code === "link/origin", text);
  }
});
