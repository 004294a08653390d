// The runs that the server keeps, newest first, and the stream that tells of
// them.
import { setNow } from "./time.js";

export const runs = new Map(); // by number
let numbers = []; // ascending

/** The numbers of the runs that pass, newest first. */
export function newest(passes) {
  const found = [];
  for (let i = numbers.length - 1; i >= 0; i--) {
    if (!passes || passes(runs.get(numbers[i]))) found.push(numbers[i]);
  }
  return found;
}

/** Takes an update and returns the numbers of the runs that have changed. */
export function take(update) {
  setNow(update.now);
  if (update.reset) {
    runs.clear();
    numbers = [];
  }
  let sorted = true;
  for (const run of update.runs ?? []) {
    if (!runs.has(run.number)) {
      sorted &&= numbers.length === 0 || numbers.at(-1) < run.number;
      numbers.push(run.number);
    }
    runs.set(run.number, run);
  }
  if (!sorted) numbers.sort((a, b) => a - b);
  if (update.removed) {
    update.removed.forEach((number) => runs.delete(number));
    numbers = numbers.filter((number) => runs.has(number));
  }
  return new Set((update.runs ?? []).map((run) => run.number));
}

/** Listens to the server for as long as the page is open. */
export function listen(onUpdate, onState) {
  const source = new EventSource("/api/events");
  source.onopen = () => onState("live");
  source.onmessage = (event) => onUpdate(JSON.parse(event.data));
  source.onerror = () => {
    onState("lost");
    if (source.readyState === EventSource.CLOSED) {
      source.close();
      setTimeout(() => listen(onUpdate, onState), 2000);
    }
  };
}
