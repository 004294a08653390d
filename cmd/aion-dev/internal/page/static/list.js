// The list of runs. Only the rows in view are in the document, whatever the
// number of runs, and one that has the focus.
import { act } from "./call.js";
import { byID, make, say } from "./dom.js";
import { newest, runs } from "./store.js";
import { spent } from "./time.js";

const beyond = 6; // rows above and below those in view
const scroller = byID("runs");
const holder = byID("rows");
const shown = new Map(); // rows by number
let listed = [];
let scheduled = false;
let select = () => {};
let chosen = 0;

export function start(onSelect) {
  select = onSelect;
  scroller.addEventListener("scroll", schedule, { passive: true });
  new ResizeObserver(schedule).observe(scroller);
  byID("filter").addEventListener("change", refresh);
  byID("search").addEventListener("input", refresh);
  refresh();
}

/** Marks the row of the run whose detail is shown. */
export function choose(number) {
  chosen = number;
  schedule();
}

function filter() {
  const state = byID("filter").value;
  const text = byID("search").value.trim().toLowerCase();
  if (!state && !text) return null;
  return (run) => (!state || (state === "open" ? !run.ended : run.state === state)) &&
    (!text || `${run.queue} ${run.activity}`.toLowerCase().includes(text));
}

/** Lists again; what is in view stays there when runs are added above it. */
export function refresh() {
  const height = rowHeight();
  const top = Math.floor(scroller.scrollTop / height);
  const anchor = scroller.scrollTop > height / 2 ? listed[top] : undefined;
  const passes = filter();
  listed = newest(passes);
  say(byID("count"), passes ? `${listed.length} of ${runs.size}` : String(runs.size));
  byID("no-runs").hidden = listed.length > 0;
  scroller.hidden = listed.length === 0;
  holder.style.height = `${listed.length * height}px`;
  const moved = anchor === undefined ? -1 : place(anchor);
  if (moved >= 0 && moved !== top) scroller.scrollTop += (moved - top) * height;
  schedule();
}

/** Where a number is in the descending list, -1 for nowhere. */
function place(number) {
  let low = 0;
  let high = listed.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (listed[middle] === number) return middle;
    if (listed[middle] > number) low = middle + 1; else high = middle - 1;
  }
  return -1;
}

const rowHeight = () =>
  parseFloat(getComputedStyle(document.documentElement).getPropertyValue("--row"));

/** Draws in the next frame, once. */
export function schedule() {
  if (scheduled) return;
  scheduled = true;
  requestAnimationFrame(() => {
    scheduled = false;
    draw();
  });
}

function draw() {
  const height = rowHeight();
  holder.style.height = `${listed.length * height}px`;
  const first = Math.max(0, Math.floor(scroller.scrollTop / height) - beyond);
  const last = Math.min(listed.length,
    Math.ceil((scroller.scrollTop + scroller.clientHeight) / height) + beyond);
  const wanted = new Map();
  for (let i = first; i < last; i++) wanted.set(listed[i], i);
  const focused = Number(document.activeElement?.closest(".row")?.dataset.number ?? 0);
  if (focused && runs.has(focused) && place(focused) >= 0) wanted.set(focused, place(focused));

  for (const [number, row] of shown) {
    if (wanted.has(number)) continue;
    row.element.remove();
    shown.delete(number);
  }
  for (const [number, i] of [...wanted].sort((a, b) => a[1] - b[1])) {
    let row = shown.get(number);
    if (!row) {
      row = newRow(number);
      shown.set(number, row);
      insert(row.element, number);
    }
    row.element.style.top = `${i * height}px`;
    row.element.setAttribute("aria-posinset", i + 1);
    row.element.setAttribute("aria-setsize", listed.length);
    row.show(runs.get(number));
  }
}

/** Keeps the order of the elements, which is that of the Tab key. */
function insert(element, number) {
  let before = null;
  for (let child = holder.lastElementChild; child; child = child.previousElementSibling) {
    if (Number(child.dataset.number) > number) break;
    before = child;
  }
  holder.insertBefore(element, before);
}

function newRow(number) {
  const title = make("b");
  const name = make("span");
  const queue = make("small");
  const open = make("button", { type: "button", class: "open", onclick: () => select(number) },
    title, name, queue);
  const state = make("span", { class: "state" });
  const bar = make("progress", { max: 100, "aria-label": `Progress of run ${number}` });
  const attempt = make("span", { class: "facts" });
  const middle = make("span", { class: "middle" }, bar, attempt);
  const time = make("span", { class: "time" });
  const button = make("button", { type: "button", class: "small act" });
  button.addEventListener("click", async () => {
    if (!runs.get(number)?.ended) {
      act(`/api/runs/${number}/cancel`);
      return;
    }
    const run = await act(`/api/runs/${number}/retry`);
    if (run) select(run.number);
  });
  const element = make("li", { class: "row", "data-number": number }, open, state, middle, time, button);
  say(title, `#${number}`);

  return {
    element,
    show(run) {
      element.classList.toggle("chosen", number === chosen);
      open.setAttribute("aria-pressed", number === chosen);
      say(name, run.activity);
      say(queue, run.queue);
      say(state, run.state);
      state.dataset.state = run.state;
      const moving = run.percent !== undefined && !run.ended;
      bar.hidden = !moving;
      if (moving) bar.value = run.percent;
      say(attempt, moving ? `${Math.round(run.percent)} %` : attemptText(run));
      say(time, spent(run));
      say(button, run.ended ? "Run again" : "Cancel");
      button.classList.toggle("danger", !run.ended);
      button.setAttribute("aria-label", `${button.textContent} run ${number}`.replace("again run", "again: run"));
    },
  };
}

/** Which attempt a run is at, when that says something. */
export function attemptText(run) {
  if (run.attempt === 0) return run.ended ? "" : "waits for a worker";
  return run.attempts > 1 && (run.attempt > 1 || !run.ended) ?
    `attempt ${run.attempt} of ${run.attempts}` : "";
}
