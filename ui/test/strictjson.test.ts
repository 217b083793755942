import assert from "node:assert/strict";
import { test } from "node:test";
import * as json from "../src/strictjson.ts";
import { Chance } from "./chance.ts";

const refused: Record<string, string> = {
  "nothing": "",
  "a list": "[]",
  "null": "null",
  "a second value": "{}{}",
  "trailing text": "{} x",
  "a byte order mark": "\ufeff{}",
  "an equal key": '{"a":1,"a":1}',
  "an equal key, escaped": '{"a":1,"\\u0061":1}',
  "an equal key further in": '{"a":[{"b":1,"b":2}]}',
  "an equal key that is special to JavaScript": '{"__proto__":1,"__proto__":2}',
  "a trailing comma": '{"a":1,}',
  "a trailing comma in a list": '{"a":[1,]}',
  "no comma": '{"a":1 "b":2}',
  "no colon": '{"a" 1}',
  "a key without quotes": "{a:1}",
  "single quotes": "{'a':1}",
  "a comment": '{"a":1/**/}',
  "a control character in a text": '{"a":"\n"}',
  "an unknown escape": '{"a":"\\x41"}',
  "a short escape": '{"a":"\\u12"}',
  "a text without end": '{"a":"',
  "half a character": '{"a":"\\ud83d"}',
  "the other half": '{"a":"\\ude00"}',
  "halves in the wrong order": '{"a":"\\ude00\\ud83d"}',
  "half a character in a key": '{"\\ud83d":1}',
  "a leading zero": '{"a":01}',
  "a plus": '{"a":+1}',
  "a bare fraction": '{"a":.5}',
  "a fraction without digits": '{"a":1.}',
  "hexadecimal": '{"a":0x1}',
  "NaN": '{"a":NaN}',
  "a word in another case": '{"a":True}',
  "a no-break space": '{\u00a0"a":1}',
  "too deep": '{"a":' + "[".repeat(16) + "]".repeat(16) + "}",
};

for (const [what, text] of Object.entries(refused)) {
  test(`strict JSON is not: ${what}`, () => assert.throws(() => json.parseObject(text), SyntaxError));
}

test("strict JSON reads what it means", () => {
  const value = json.parseObject(' {"a" : [ 1 , "\\u0041\\n\\ud83d\\ude00é", true, false, null, {} ],\r\n\t"__proto__":9007199254740991} ');
  assert.deepEqual([...value.keys()], ["a", "__proto__"]);
  assert.deepEqual(value.get("a"), [1, "A\n😀é", true, false, null, new Map()]);
  assert.equal(value.get("__proto__"), 9007199254740991);
  assert.ok(json.parseObject('{"a":' + "[".repeat(15) + "]".repeat(15) + "}").has("a"));
});

test("an integer is plain digits up to 2^53 - 1", () => {
  for (const number of ["1.0", "1e0", "-1", "-0", "9007199254740992", "1E400"]) {
    assert.throws(() => json.integer(json.parseObject(`{"n":${number}}`).get("n") ?? null), json.ShapeError, number);
  }
  assert.equal(json.integer(json.parseObject('{"n":0}').get("n") ?? null), 0);
});

test("an object has exactly the members that are asked for", () => {
  const read = json.object<{ a: number; b: string }>({ a: json.integer, b: json.text });
  assert.deepEqual(read(json.parseObject('{"b":"x","a":1}')), { a: 1, b: "x" });
  for (const text of ['{"a":1}', '{"a":1,"b":"x","c":1}', '{"A":1,"b":"x"}', '{"a":"1","b":"x"}', '{"a":1,"b":null}', '{"a":1,"toString":1}']) {
    assert.throws(() => read(json.parseObject(text)), json.ShapeError, text);
  }
  assert.deepEqual(json.openObject<{ a: number }>({ a: json.integer })(json.parseObject('{"a":1,"c":1}')), { a: 1 });
});

/** Maps to objects, so that JSON.parse can be compared with. */
function plain(value: json.Json): unknown {
  if (value instanceof Map) return Object.fromEntries([...(value as json.JsonObject)].map(([key, member]) => [key, plain(member)]));
  return Array.isArray(value) ? value.map(plain) : value;
}

test("what is strict JSON is JSON, and means the same", (t) => {
  const chance = new Chance();
  t.diagnostic(`SEED=${chance.seed}`);
  const value = (depth: number): unknown =>
    chance.pick([
      () => chance.below(2 ** 53),
      () => chance.text(8).replace(/\p{Surrogate}/gu, ""),
      () => chance.pick([true, false, null]),
      () => (depth > 4 ? [] : Array.from({ length: chance.below(4) }, () => value(depth + 1))),
      () => (depth > 4 ? {} : Object.fromEntries(Array.from({ length: chance.below(4) }, () => [`k${chance.below(9)}`, value(depth + 1)]))),
    ])();
  for (let i = 0; i < 2000; i++) {
    const text = JSON.stringify({ x: value(0), y: value(0) }, null, chance.below(3));
    assert.deepEqual(plain(json.parseObject(text)), JSON.parse(text));
    const at = chance.below(text.length);
    const mutated = text.slice(0, at) + chance.pick(['"', "{", "}", ",", ":", "\\", "0", "e", ".", " ", "\u0000", ""]) + text.slice(at + chance.below(2));
    let strict: json.JsonObject;
    try {
      strict = json.parseObject(mutated);
    } catch (error) {
      assert.ok(error instanceof SyntaxError);
      continue;
    }
    const loose = JSON.stringify(JSON.parse(mutated), (_, v: unknown) => (typeof v === "number" && !Number.isSafeInteger(v) ? null : v));
    const same = JSON.stringify(plain(strict), (_, v: unknown) => (typeof v === "number" && Number.isNaN(v) ? null : v));
    if (!/[.eE-]/.test(mutated)) assert.equal(same, loose, mutated);
  }
});
