// JSON without loss: numbers keep their text, so that 64-bit integers survive.
// Values are null, booleans, strings, arrays, Maps for objects, and Numeral.

/** A number as it was written. */
export class Numeral {
  constructor(text) { this.text = text; }
}

const deepest = 1000; // So that recursion ends well.
const space = /[ \t\n\r]*/y;
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const string = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const word = /true|false|null/y;

/** Parses a JSON text; throws an Error that says where it is none. */
export function parse(text) {
  let at = 0;

  function take(pattern) {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found) at = pattern.lastIndex;
    return found && found[0];
  }
  function fail(want) {
    const before = text.slice(0, at).split("\n");
    const got = at < text.length ? JSON.stringify(String.fromCodePoint(text.codePointAt(at))) : "the end";
    throw new Error(`line ${before.length}, column ${before.at(-1).length + 1}: want ${want}, got ${got}`);
  }
  function skip(char) {
    take(space);
    if (text[at] !== char) return false;
    at++;
    return true;
  }
  function members(close, depth, member) {
    if (depth > deepest) fail(`at most ${deepest} levels`);
    if (skip(close)) return;
    do { member(); } while (skip(","));
    if (!skip(close)) fail(`"," or "${close}"`);
  }
  function value(depth) {
    take(space);
    if (skip("{")) {
      const object = new Map();
      members("}", depth, () => {
        take(space);
        const key = take(string);
        if (key === null) fail("a name in quotes");
        const name = JSON.parse(key);
        if (object.has(name)) fail(`no second ${key}`);
        if (!skip(":")) fail('":"');
        object.set(name, value(depth + 1));
      });
      return object;
    }
    if (skip("[")) {
      const array = [];
      members("]", depth, () => array.push(value(depth + 1)));
      return array;
    }
    let found = take(string) ?? take(word);
    if (found !== null) return JSON.parse(found);
    found = take(number);
    if (found === null) fail("a JSON value");
    return new Numeral(found);
  }

  const result = value(0);
  take(space);
  if (at < text.length) fail("the end");
  return result;
}

/** Prints a value, in lines unless indent is null. */
export function print(value, indent = "") {
  if (value instanceof Numeral) return value.text;
  const inner = indent === null ? null : indent + "  ";
  const block = (open, close, parts) => {
    if (parts.length === 0) return open + close;
    if (indent === null) return open + parts.join(",") + close;
    return `${open}\n${inner}${parts.join(`,\n${inner}`)}\n${indent}${close}`;
  };
  if (Array.isArray(value)) return block("[", "]", value.map((item) => print(item, inner)));
  if (value instanceof Map) {
    const colon = indent === null ? ":" : ": ";
    return block("{", "}", [...value].map(([name, item]) =>
      JSON.stringify(name) + colon + print(item, inner)));
  }
  return JSON.stringify(value);
}

/** The text of a plain JSON value in lines. */
export function pretty(text) {
  try {
    return print(parse(text));
  } catch {
    return text;
  }
}
