// Calls of the server.
import { byID } from "./dom.js";

let clear = 0;

/** Shows what went wrong, for a while. */
export function complain(message) {
  byID("problem").textContent = message;
  clearTimeout(clear);
  clear = setTimeout(() => { byID("problem").textContent = ""; }, 8000);
}

/** Returns the text of the answer; throws an Error with the server's words. */
export async function call(method, path, body) {
  let response;
  try {
    response = await fetch(path, {
      method, body, headers: body === undefined ? {} : { "Content-Type": "application/json" },
    });
  } catch {
    throw new Error("aion-dev does not answer");
  }
  const text = await response.text();
  if (response.ok) return text;
  let message = `${response.status} ${response.statusText}`;
  try {
    message = JSON.parse(text).error ?? message;
  } catch { /* No words of its own. */ }
  throw new Error(message);
}

/** Calls and shows what went wrong. */
export async function act(path) {
  try {
    return JSON.parse(await call("POST", path));
  } catch (error) {
    complain(error.message);
    return null;
  }
}
