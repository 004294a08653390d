// The run that is chosen, with everything that is known of it.
import { act, call, complain } from "./call.js";
import { byID, make, say } from "./dom.js";
import { parse, print } from "./json.js";
import { clock, spent } from "./time.js";

const longest = 200_000; // characters of a text that are shown
let number = 0;
let asking = false;
let again = false;
let revealing = false;
let newest = null;
let select = () => {};

export function start(onSelect) { select = onSelect; }

/** Shows a run; reveal scrolls to it on a narrow page, where it is far away. */
export function show(chosen, reveal = false) {
  revealing = reveal && matchMedia("(max-width: 860px)").matches;
  if (number !== chosen) {
    number = chosen;
    newest = null;
    byID("detail-texts").replaceChildren();
  }
  refresh();
}

/** Forgets the run: another engine may be there, with other runs. */
export function forget() {
  number = 0;
  newest = null;
  byID("detail").hidden = true;
}

/** Looks again when the shown run is among those that have changed. */
export function changed(numbers) {
  if (numbers.has(number)) refresh();
}

/** Asks once at a time. */
async function refresh() {
  if (number === 0) return;
  if (asking) {
    again = true;
    return;
  }
  asking = true;
  do {
    again = false;
    const asked = number;
    try {
      const text = await call("GET", `/api/runs/${asked}`);
      if (asked === number) draw(JSON.parse(text), parse(text));
    } catch (error) {
      if (asked === number) complain(error.message);
    }
  } while (again && number !== 0);
  asking = false;
}

/** Draws the run: run as plain values, and exact without loss. */
function draw(run, exact) {
  newest = run;
  const section = byID("detail");
  section.hidden = false;
  section.dataset.number = run.number;
  say(byID("detail-title"), `Run ${run.number}: ${run.activity}`);
  say(byID("detail-state"), run.state);
  byID("detail-state").dataset.state = run.state;
  const bar = byID("detail-progress");
  bar.hidden = run.percent === undefined || Boolean(run.ended);
  if (!bar.hidden) bar.value = run.percent;
  tick();
  drawButtons(run);
  if (revealing) section.scrollIntoView();
  revealing = false;

  const progress = exact.get("progress");
  texts([
    run.failure && { title: "Error", text: run.failure, error: true },
    exact.has("output") && { title: "Result", text: print(exact.get("output")) },
    progress && {
      title: `Last progress, at ${clock(run.progress.at)} in attempt ${run.progress.attempt}`,
      text: print(progress.get("json")),
    },
    { title: "Input", text: print(exact.get("input")) },
  ].filter(Boolean));
  byID("detail-attempts").replaceChildren(
    ...(run.historyDropped ? [make("li", {}, `${run.historyDropped} more before`)] : []),
    ...(run.history.length === 0 ? [make("li", {}, "none yet")] : []),
    ...run.history.map((a) => make("li", { "data-state": a.state },
      make("time", { datetime: a.at }, clock(a.at)),
      make("span", {}, `${a.number} of ${a.of}`),
      make("span", {}, `worker ${a.workerId}`),
      make("span", { class: "why" }, a.error ? `${a.state}: ${a.error}` : a.state))));
}

/** The times that pass by themselves. */
export function tick() {
  if (!newest) return;
  const facts = [`queue ${newest.queue}`, newest.node && `node ${newest.node}`,
    `namespace ${newest.namespace}`, `${newest.ended ? "took" : "for"} ${spent(newest)}`,
    `workflow ${newest.workflowId}`];
  say(byID("detail-facts"), facts.filter(Boolean).join(" · "));
}

function drawButtons(run) {
  const holder = byID("detail-buttons");
  const key = `${run.number} ${Boolean(run.ended)}`;
  if (holder.dataset.key === key) return;
  const focused = holder.contains(document.activeElement);
  holder.dataset.key = key;
  const retry = make("button", { type: "button", onclick: async () => {
    const next = await act(`/api/runs/${run.number}/retry`);
    if (next) select(next.number);
  } }, "Run again");
  const cancel = make("button", { type: "button", class: "danger",
    onclick: () => act(`/api/runs/${run.number}/cancel`) }, "Cancel");
  holder.replaceChildren(...(run.ended ? [retry] : [cancel, retry]));
  if (focused) retry.focus();
}

/** Shows texts; those that are the same stay, with their selection. */
function texts(wanted) {
  const holder = byID("detail-texts");
  while (holder.children.length > wanted.length) holder.lastChild.remove();
  wanted.forEach(({ title, text, error }, i) => {
    if (!holder.children[i]) {
      holder.append(make("div", {}, make("h3"), make("pre", { tabindex: 0 }), make("p", { class: "hint" })));
    }
    const [heading, pre, note] = holder.children[i].children;
    say(heading, title);
    pre.className = error ? "error" : "";
    pre.setAttribute("aria-label", title);
    say(pre, text.slice(0, longest));
    say(note, text.length > longest ?
      `${text.length - longest} more characters: see /api/runs/${number}` : "");
  });
}
