// The connected workers.
import { act } from "./call.js";
import { byID, make, say } from "./dom.js";
import { ago } from "./time.js";

const shown = new Map(); // by id

/** Shows the workers, and says whether other ones are there than before. */
export function show(workers) {
  const ids = new Set(workers.map((w) => w.id));
  let others = false;
  for (const [id, row] of shown) {
    if (ids.has(id)) continue;
    if (row.element.contains(document.activeElement)) byID("workers-title").focus();
    row.element.remove();
    shown.delete(id);
    others = true;
  }
  for (const worker of workers) {
    if (!shown.has(worker.id)) {
      shown.set(worker.id, newRow(worker));
      byID("workers").append(shown.get(worker.id).element);
      others = true;
    }
    shown.get(worker.id).show(worker);
  }
  byID("no-workers").hidden = workers.length > 0;
  return others;
}

/** The times that pass by themselves. */
export function tick() { shown.forEach((row) => row.tick()); }

function newRow({ id, identity }) {
  const name = identity ? `${id}: ${identity}` : String(id);
  const mark = make("span", { class: "mark state" });
  const facts = make("p", { class: "worker-facts" });
  const button = (text, action, title) => make("button", {
    type: "button", class: "small", title, "aria-label": `${text}: worker ${name}`,
    onclick: () => act(`/api/workers/${id}/${action}`),
  }, text);
  const drain = button("Drain", "drain", "Send no further tasks; the worker may connect again");
  const drop = button("Drop this stream", "disconnect",
    "End the stream as a lost connection would: its tasks go to others");
  let newest = null;
  const row = {
    element: make("li", { "data-worker": id },
      make("p", { class: "worker-name" }, make("span", {}, name), mark), facts,
      make("p", { class: "buttons" }, drain, drop)),
    show(worker) {
      newest = worker;
      say(mark, worker.draining ? "draining" : worker.ready ? "ready" : "not ready");
      mark.dataset.state = worker.draining ? "waiting" : worker.ready ? "completed" : "failed";
      drain.disabled = worker.draining;
      row.tick();
    },
    tick() {
      say(facts, [`queue ${newest.queue}`, newest.node && `node ${newest.node}`,
        `${newest.held} of ${newest.slots} slots taken`,
        `last beat ${ago(newest.lastBeat)}`].filter(Boolean).join(" · "));
    },
  };
  return row;
}
